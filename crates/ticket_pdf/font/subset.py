"""Cuts Pretendard down to what tickets are printed with: python3 subset.py Pretendard-Regular.otf ticket-gothic.otf

Needs fonttools. What goes: hinting, kerning and ligatures, other scripts, vertical metrics. The name goes too: the
licence keeps it for the font as its makers made it.
"""

import sys

from fontTools import subset
from fontTools.ttLib import TTFont

KEPT = [
    (0x0020, 0x007E),  # ASCII
    (0x00A0, 0x017F),  # Latin-1, Latin Extended-A
    (0x0192, 0x0192), (0x01A0, 0x01A1), (0x01AF, 0x01B0), (0x0218, 0x021B), (0x1EA0, 0x1EF9),  # Romanian, Vietnamese
    (0x02C6, 0x02DD),  # marks
    (0x0370, 0x03FF), (0x0400, 0x045F),  # Greek, Cyrillic
    (0x2010, 0x203B), (0x2042, 0x2044), (0x2070, 0x208E),  # punctuation, raised and lowered digits
    (0x20A0, 0x20C0),  # currency signs
    (0x2100, 0x214F), (0x2150, 0x218B),  # № ™, fractions, Roman numerals
    (0x2190, 0x2199), (0x2212, 0x2212), (0x221E, 0x221E), (0x2248, 0x2265),  # arrows, mathematics
    (0x2460, 0x2473), (0x25A0, 0x25CF), (0x2600, 0x266F), (0x2713, 0x2717),  # circled digits, shapes, stars, notes
    (0x3000, 0x303F),  # punctuation of East Asia
    (0x3131, 0x318E), (0xAC00, 0xD7A3),  # Hangul: letters, and all 11,172 syllables
    (0xFF01, 0xFF5E), (0xFFE0, 0xFFE6),  # full-width forms
]
FAMILY = "Onsale Ticket Gothic"
TABLES = ["BASE", "DSIG", "GDEF", "GPOS", "GSUB", "STAT", "VORG", "meta", "vhea", "vmtx", "gasp"]

source, target = sys.argv[1:]
font = TTFont(source, recalcTimestamp=False)
options = subset.Options()
options.hinting = False
options.layout_features = []
options.glyph_names = False
options.notdef_outline = True
options.name_IDs = [0, 13, 14]
options.name_languages = [0x409]
options.drop_tables += TABLES
subsetter = subset.Subsetter(options)
subsetter.populate(unicodes=[code for first, last in KEPT for code in range(first, last + 1)])
subsetter.subset(font)
for number, text in [(1, FAMILY), (2, "Regular"), (3, FAMILY), (4, FAMILY), (6, FAMILY.replace(" ", ""))]:
    font["name"].setName(text, number, 3, 1, 0x409)
font.save(target)
