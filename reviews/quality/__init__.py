"""The mathematics of quality: agreement, matching, consensus, doubt. Pure; numpy and scipy only."""
