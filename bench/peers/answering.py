"""The peers' end of bench/harness/child.ts: requests from standard input, answers on standard output, one JSON object a line, until the input ends."""

import json
import os
import sys
import traceback


def serve(verbs):
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print goes to standard error
    for line in sys.stdin:
        request = json.loads(line)
        reply = {"id": request["id"]}
        try:
            reply["result"] = verbs[request["verb"]](**request["args"])
        except Exception:
            reply["error"] = traceback.format_exc()
        replies.write(json.dumps(reply, separators=(",", ":")) + "\n")
        replies.flush()
