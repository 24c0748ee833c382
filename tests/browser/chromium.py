"""Where Chromium is on this machine, and how it is started for tests and measurements."""

import os
import shutil
from pathlib import Path

import pytest

from tests.servers import HOW_TO_GET

# Each window would keep two hidden pages ready for the suggestions of its address bar: two thirds
# of the processor time of a window that shows a small page.
HIDDEN_PAGES = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup")
# Nor do they open a second page, for which a process would be ready: a seventh of that time.
READY_PROCESSES = ("SpareRendererForSitePerProcess",)
# Playwright's own list, which ours would take the place of.
TURNED_OFF = (
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
)
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=" + ",".join((*TURNED_OFF, *HIDDEN_PAGES, *READY_PROCESSES)),
)
WITH_WINDOWS = ("chromium", "chromium-browser", "google-chrome")
# The same engine without windows, as Playwright's own build is: a page opens in half the time.
WITHOUT_WINDOWS = ("chromium-headless-shell",)


def flags():
    return [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else [*FLAGS]


def executable(own_build, names=WITH_WINDOWS):
    wanted = [own_build, os.environ.get("LABELOPS_CHROMIUM")]
    on_path = [shutil.which(name) for name in names]
    found = next((path for path in wanted + on_path if path and Path(path).exists()), None)
    if found is None:
        stop = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        stop(f"chromium is missing; get it by: {HOW_TO_GET['chromium']}")
    return found
