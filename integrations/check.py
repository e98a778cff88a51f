"""Whether a trainer takes a launch folder of `videorft export`: its own parser reads the configuration, its own loader the data. No GPU, no weights.

Run by the Python that the trainer is installed in: python check.py [FOLDER]. MODEL=… names another model than the exported one; a folder with
config.json and a tokenizer is enough. Lines begin with ok, note or failed; the last is RESULT with what was read, as JSON; status 1: failed.
"""

import contextlib
import json
import os
import sys
import traceback

from check_tools import HERE, notes
from check_trainer import check


def main():
    with open(os.path.join(HERE, "launch.json"), encoding="utf-8") as file:
        launch = json.load(file)
    if not (os.path.exists(launch["at"]) and os.path.samefile(launch["at"], HERE)):
        print(f"failed: this folder was written for {launch['at']}, but it is {HERE}: export again with --at {HERE}")
        return 1
    launch["model"] = os.environ.get("MODEL", launch["model"])
    results = {}
    for name, stage in launch["stages"].items():
        try:
            with contextlib.redirect_stdout(sys.stderr):
                results[name] = check(name, stage, launch)
        except (Exception, SystemExit) as error:
            traceback.print_exc()
            print(f"failed: {name}: {type(error).__name__}: {error}")
            return 1
        loaded = f"{stage['rows']} rows loaded" if "first" in results[name] else "data not loaded"
        print(f"ok: {name}: {launch['engine']} parses {stage['config']}; {loaded}")
    for text in notes:
        print(f"note: {text}")
    print("RESULT " + json.dumps(results))
    return 0


sys.exit(main())
