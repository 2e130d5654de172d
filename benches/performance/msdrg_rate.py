"""Claims a second of the grouper msdrg, for comparison. Reads `python` or `c` from standard input, a line a measurement.

The claims have the shape of the episodes that are measured beside them: one principal diagnosis, a few others, and in
half of them procedures. `python` is the package's own interface; `c` calls the package's library with bodies made
beforehand and leaves its answers unread, which is the least that the library costs.
"""

import json
import sys
import time

import msdrg

SECONDS = 1.0
VERSION = 431


def claim(age, sex, principal, others, procedures):
    return msdrg.create_claim(
        version=VERSION, age=age, sex=sex, discharge_status=1, pdx=principal, sdx=others, procedures=procedures
    )


CLAIMS = [
    claim(82, 0, "J189", ["N179", "E119", "I10", "F0390", "L89159"], []),
    claim(84, 1, "S72001A", ["W19XXXA", "I10", "F0390"], ["0SRR0J9"]),
    claim(74, 1, "H269", ["I10"], ["08RJ3JZ"]),
    claim(50, 1, "C50911", ["Z5111"], ["0HBT0ZZ"]),
    claim(35, 0, "S065X0A", ["S2241XA", "S72301A"], ["00C40ZZ"]),
    claim(40, 0, "T21201A", ["T3110"], []),
    claim(19, 1, "E1010", [], []),
    claim(60, 0, "I5020", ["E1165", "N186", "J449"], []),
]


def rate(call, inputs):
    begun = time.perf_counter()
    done = 0
    while time.perf_counter() - begun < SECONDS:
        for each in inputs:
            call(each)
        done += len(inputs)
    return done / (time.perf_counter() - begun)


def main():
    with msdrg.MsdrgGrouper() as grouper:
        for each in CLAIMS:
            result = grouper.group(each)
            if not result.get("final_drg"):
                sys.exit(f"msdrg does not group {each['pdx']['code']}")
        bodies = [json.dumps(each).encode() for each in CLAIMS]
        group, free, context = grouper.lib.msdrg_group_json, grouper.lib.msdrg_string_free, grouper.ctx

        def call_library(body):
            free(group(context, body))

        for line in sys.stdin:
            if line.strip() == "python":
                print(rate(grouper.group, CLAIMS), flush=True)
            else:
                print(rate(call_library, bodies), flush=True)


if __name__ == "__main__":
    main()
