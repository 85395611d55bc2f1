"""One cold process, as Lambda starts it: the runtime's client, the handler's module, then one event some times.

    python serve.py MODULE.HANDLER EVENT.json EXPECTED TIMES

EXPECTED: the status of a page, or "batch" for a batch without failures. TIMES 0 imports the runtime's client
only: the empty run that every other is compared with.
"""

import importlib
import json
import sys

import awslambdaric.bootstrap  # noqa: F401 - what Lambda has loaded before any of ours

OURS = ("app", "chalicelib")
"""Our own rooms: small, many, and no package."""


def serve(handler: str, event_file: str, expected: str, times: int) -> None:
    """Answers the event ``times`` times; raises AssertionError where one is not as expected."""
    with open(event_file, encoding="utf-8") as file:
        event = json.load(file)
    if not times:
        return
    before = set(sys.modules)
    module, _, name = handler.rpartition(".")
    function = getattr(importlib.import_module(module), name)
    for _ in range(times):
        answer = function(event, None)
        if expected == "batch":
            assert answer == {"batchItemFailures": []}, answer
        else:
            assert answer["statusCode"] == int(expected), (answer["statusCode"], answer["body"][:2000])
    print(len({each for each in set(sys.modules) - before if each.partition(".")[0] not in OURS}))


if __name__ == "__main__":
    serve(*sys.argv[1:4], times=int(sys.argv[4]))
