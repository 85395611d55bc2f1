"""Code that a Lambda's Python runs in the artefact: answers a GET of each path, as the gateway asks."""

SERVE = """
import json
import app as door

class Context:
    aws_request_id = "request"
    function_name = "api_handler"
    memory_limit_in_mb = 1024

def route_of(path):
    for route in door.app.routes:
        names, asked = route.strip("/").split("/"), path.strip("/").split("/")
        if len(names) == len(asked) and not names[0].startswith("{{"):
            if all(name.startswith("{{") or name == word for name, word in zip(names, asked)):
                return route, {{n.strip("{{}}"): w for n, w in zip(names, asked) if n.startswith("{{")}}
    raise LookupError(path)

def get(path):
    route, parameters = route_of(path)
    return door.app({{
        "path": path,
        "resource": route,
        "httpMethod": "GET",
        "headers": {{"Host": "retract.example"}},
        "multiValueHeaders": {{"Host": ["retract.example"]}},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": parameters or None,
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
        "requestContext": {{
            "resourcePath": route, "httpMethod": "GET", "path": "/api" + path, "stage": "api",
            "identity": {{"sourceIp": "127.0.0.1"}},
        }},
    }}, Context())

import sys
answers = {{path: get(path) for path in {paths}}}
print(json.dumps({{"answers": answers, "modules": sorted(sys.modules)}}))
"""
