"""What schemathesis is told beside the document: ids that there are, so that half of the paths lead somewhere."""

import atexit
import collections
import json
import os
import pathlib

import schemathesis

IDS = json.loads(os.environ["KESHI_IDS"])
seen = collections.defaultdict(collections.Counter)


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """By the generated text itself, so that a seed replays: an even number of bytes becomes an id that there is."""
    if not path_parameters:
        return path_parameters
    for name, value in path_parameters.items():
        if name in IDS and isinstance(value, str) and len(value.encode("utf-8", "surrogatepass")) % 2 == 0:
            path_parameters[name] = IDS[name]
    return path_parameters


@schemathesis.hook
def after_call(context, case, response):
    seen[case.operation.path][str(response.status_code)] += 1


@atexit.register
def tell():
    pathlib.Path(os.environ["KESHI_SEEN"]).write_text(json.dumps(seen))
