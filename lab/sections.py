"""Headings that a report of imaging begins with: none of them says what is seen, normal or not."""

CHEST = ("Lungs", "Pleura", "Heart and mediastinum", "Diaphragm", "Bones and soft tissue")
ABDOMEN = (
    "Liver",
    "Gall bladder and bile ducts",
    "Pancreas",
    "Spleen",
    "Kidneys",
    "Urinary bladder",
    "Other",
)
# By an examination's code, else by its modality.
HEADINGS: dict[str, tuple[str, ...]] = {
    "XRCH": CHEST,
    "CTCH": CHEST,
    "XRAB": ("Gas pattern", "Free gas", "Calcification", "Bones"),
    "XRKUB": ("Kidneys", "Ureters", "Urinary bladder", "Bones"),
    "XRSP": ("Alignment", "Vertebrae", "Disc spaces", "Soft tissue"),
    "XRLIMB": ("Side and view", "Bones", "Joint", "Soft tissue"),
    "XRSK": ("Vault", "Base", "Soft tissue"),
    "XRPNS": ("Frontal", "Maxillary", "Ethmoid", "Sphenoid", "Septum"),
    "XRPEL": ("Pelvic bones", "Hip joints", "Soft tissue"),
    "USGAB": ABDOMEN,
    "CTAB": ABDOMEN,
    "USGKUB": ("Right kidney", "Left kidney", "Ureters", "Urinary bladder"),
    "USGPEL": ("Urinary bladder", "Pelvic organs", "Free fluid", "Other"),
    "USGOB": (
        "Number of foetuses",
        "Presentation",
        "Heart activity",
        "Measures and weeks by them",
        "Placenta",
        "Liquor",
        "Cervix",
        "Other",
    ),
    "DOPP": ("Vessels examined", "Flow", "Measures", "Other"),
    "CTHEAD": ("Brain parenchyma", "Ventricles and cisterns", "Extra-axial spaces", "Bones and sinuses"),
    "ECG": ("Rate", "Rhythm", "Axis", "Intervals", "ST segment and T wave"),
    "ECHO": ("Chambers", "Valves", "Wall motion", "Function", "Pericardium"),
    "MAMMO": ("Right breast", "Left breast", "Axillae", "BI-RADS"),
}
OTHER = ("Technique", "What is seen", "Other")


def skeleton(code: str) -> str:
    """The headings that a report of this examination begins with, one a line, nothing behind them."""
    return "\n".join(f"{heading}: " for heading in HEADINGS.get(code, OTHER))


def is_untouched(code: str, text: str) -> bool:
    """Whether nobody has written anything behind the headings."""
    return "".join(text.split()) in ("", "".join(skeleton(code).split()))
