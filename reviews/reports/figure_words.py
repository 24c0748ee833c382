"""The figures of agreement in words, in the order in which pages show them."""

from django.utils.translation import gettext_lazy

# Title, and what the figure says or when it is not defined.
WORDS = {
    "percent": (
        gettext_lazy("Mean agreement"),
        gettext_lazy("how alike two answers to one item are; not corrected for chance"),
    ),
    "closeness": (
        gettext_lazy("Closeness"),
        gettext_lazy("1 is the same, 0 as far apart as the scale goes; near misses cost little"),
    ),
    "masi": (
        gettext_lazy("Agreement by MASI"),
        gettext_lazy("of the sets of options; leaving one out costs less than choosing another"),
    ),
    "alpha": (
        gettext_lazy("Krippendorff's alpha"),
        gettext_lazy("agreement beyond chance; not defined when only one value occurs"),
    ),
    "alpha_jaccard": (
        gettext_lazy("Alpha of the sets"),
        gettext_lazy("agreement beyond chance, by the options that two sets share"),
    ),
    "alpha_masi": (
        gettext_lazy("Alpha of the sets by MASI"),
        gettext_lazy("the same, and sets that contain each other are nearer"),
    ),
    "alpha_ratio": (
        gettext_lazy("Alpha of ratios"),
        gettext_lazy("agreement beyond chance, by proportion; for numbers with a true zero"),
    ),
    "alpha_u": (
        gettext_lazy("Alpha of units"),
        gettext_lazy("agreement beyond chance on where stretches begin, end, and what they are"),
    ),
    "instance_alpha": (
        gettext_lazy("Alpha of objects"),
        gettext_lazy("agreement beyond chance on what is there and what it is called"),
    ),
    "fleiss_kappa": (
        gettext_lazy("Fleiss' kappa"),
        gettext_lazy("only when all items have equally many labels"),
    ),
    "cohen_kappa": (
        gettext_lazy("Cohen's kappa"),
        gettext_lazy("only when exactly two people label"),
    ),
    "weighted_kappa": (
        gettext_lazy("Weighted kappa"),
        gettext_lazy("Cohen's kappa with squared distances; only when exactly two people label"),
    ),
    "gwet_ac1": (
        gettext_lazy("Gwet's AC1"),
        gettext_lazy("agreement beyond chance that stays high when one class has nearly all"),
    ),
    "positive_agreement": (
        gettext_lazy("Agreement on the rare classes"),
        gettext_lazy("what the commonest class agrees upon does not count"),
    ),
    "icc": (
        gettext_lazy("Intraclass correlation"),
        gettext_lazy("ICC(2,1); only when the same people answer all items"),
    ),
    "f1": (
        gettext_lazy("F1 of objects"),
        gettext_lazy("objects of two people with the same label, 0.5 or more alike"),
    ),
    "mean_iou": (gettext_lazy("Mean IoU"), gettext_lazy("of those that found a partner")),
    "dice": (gettext_lazy("Mean Dice"), gettext_lazy("the same overlap, twice over both areas")),
    "boundary_f": (
        gettext_lazy("Boundary F"),
        gettext_lazy("of matched polygons: outlines that lie within 2 pixels of each other"),
    ),
    "oks": (
        gettext_lazy("Keypoint similarity"),
        gettext_lazy("of the skeletons that found a partner"),
    ),
    "line_likeness": (
        gettext_lazy("Closeness of lines"),
        gettext_lazy("of those that found a partner"),
    ),
    "exact_f1": (
        gettext_lazy("Exact span F1"),
        gettext_lazy("spans of two people with the same label, start and end"),
    ),
    "character_f1": (
        gettext_lazy("Character F1"),
        gettext_lazy("the same, character by character"),
    ),
    "chrf": (
        gettext_lazy("Common character sequences"),
        gettext_lazy("chrF of two texts, neither of which is the reference"),
    ),
    "word_agreement": (
        gettext_lazy("Agreement by words"),
        gettext_lazy("1 - the words to change, over those of the longer text"),
    ),
}
# Those that Krippendorff's conventions are for.
ALPHAS = ("alpha", "alpha_jaccard", "alpha_masi", "alpha_ratio", "alpha_u", "instance_alpha")
