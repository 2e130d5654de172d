"""Writes toy.xls: the toy release of the worked examples laid out as a workbook of the years of .xls, under old names;
and faulty.xls: one sheet of it with cells that no code may be read from.

How they were made, to be done again only when tests/reference/2099-00.payment changes (needs Python with xlwt 1.3):
    python3 tests/import/toy_xls.py
"""

import csv
import pathlib

import xlwt

HERE = pathlib.Path(__file__).parent
TABLES = HERE.parent / "reference" / "2099-00.payment" / "tables"
SITES = {
    "abdominal": "Abdominal", "chest": "Chest", "head": "Head", "kidney": "Kidney", "lower_limb": "Lower",
    "upper_limb": "Upper", "pelvis_or_spine": "Pelvis", "urinary": "Urinary", "other": "Other",
}


def table(name):
    with open(TABLES / f"{name}.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def dotted(code):
    return f"{code[:3]}.{code[3:]}"


def error(row):
    kinds = {"invalid": "UZ05", "poorly_coded": "UZ06"}
    if row.get("ph0_kind"):
        return kinds[row["ph0_kind"]]
    return next((name for name, key in [("UZ01", "uz01"), ("UZ02", "uz02"), ("UZ03", "paediatric")] if row.get(key)), "")


code_to_group = [
    ["OPCS-4", dotted(r["code"]), r["label"], int(r["ph"]), "", r["root"], error(r)] for r in table("procedures")
] + [["ICD-10", dotted(r["code"]), r["label"], "", int(r["dh"]), r["root"], error(r)] for r in table("diagnoses")]

SHEETS = [
    ("Introduction", 0, [["A toy workbook for tests"]]),
    (
        "HRG4 Labels",
        2,
        [["HRG", "HRG Label - Including Split", "HRG Core (C) and Unbundled (U)"]]
        + [[r["hrg"], r["label"], {"core": "C", "unbundled": "U"}[r["kind"]]] for r in table("hrgs")],
    ),
    ("HRG4 Chapter", 0, [["HRG Chapter", "HRG Chapter Description"]] + [list(r.values()) for r in table("chapters")]),
    (
        "HRG4 Subchapter",
        0,
        [["HRG Subchapter", "HRG Subchapter Description"]] + [list(r.values()) for r in table("subchapters")],
    ),
    ("Intro to Group To Split", 0, [["How to read the next sheet"]]),
    (
        "Group to Split",
        1,
        [["HRG Root", "HRG Root Description", "Remarks"]]
        + [[r["root"], r["label"], "a column not known"] for r in table("roots")],
    ),
    (
        "Code To Group",
        0,
        [["Classification", "Code", "Code Description", "PH", "DH", "HRG1", "Grouping Error"]] + code_to_group,
    ),
    (
        "CC Lists",
        0,
        [["Subchapter", "Code", "Score"]] + [[r["list"], dotted(r["code"]), int(r["score"])] for r in table("cc_scores")],
    ),
    (
        "Other Lists",
        0,
        [["List", "Code"]]
        + [[f"Comp_VA_{SITES[r['site']]}", dotted(r["code"])] for r in table("trauma_sites")]
        + [[r["list"], dotted(r["code"])] for r in table("named_lists")],
    ),
    ("PBC Mapping", 0, [["Code", "PBC"]] + [list(r.values()) for r in table("pbc")]),
]

book = xlwt.Workbook()
for name, above, rows in SHEETS:
    sheet = book.add_sheet(name)
    if above:
        sheet.write(0, 0, "Toy design, not for grouping real data")
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            if value != "":
                sheet.write(i + above, j, value)
book.save(str(HERE / "toy.xls"))

faulty = xlwt.Workbook()
sheet = faulty.add_sheet("CC Lists")
for column, header in enumerate(["Subchapter", "Code", "Score"]):
    sheet.write(0, column, header)
for row in range(1, 6):
    sheet.write(row, 0, "RA")
    sheet.write(row, 2, 1)
sheet.write(1, 1, 20)
sheet.write(2, 1, xlwt.Formula('"C02"&"0"'))
sheet.row(3).set_cell_error(1, 0x2A)  # #N/A
sheet.write(4, 1, True)
sheet.write(5, 1, 45383, xlwt.easyxf(num_format_str="DD/MM/YYYY"))
faulty.save(str(HERE / "faulty.xls"))
