"""What a Lambda does from cold, in a process of its own: imports the app, answers a GET as the gateway asks it.

``COLD`` is code for `python -c`; its arguments are the paths and the Cookie header. It prints, as JSON, each
answer and the modules that were loaded for it, beside those that Lambda's runtime client has loaded by itself.
"""

COLD = """
import json, logging, os, sys, traceback, decimal, threading, warnings, contextlib, string  # as the client does

runtime = set(sys.modules)
import app as door


class Context:
    aws_request_id, function_name, memory_limit_in_mb = "request", "api_handler", 1024


def find_route(path):
    for route in door.app.routes:
        names, words = route.strip("/").split("/"), path.strip("/").split("/")
        if len(names) == len(words) and not route.startswith("/{language}"):
            if all(name.startswith("{") or name == word for name, word in zip(names, words)):
                return route, {n.strip("{}"): w for n, w in zip(names, words) if n.startswith("{")}
    raise LookupError(path)


def get(path, cookie):
    path, _, query = path.partition("?")
    route, parameters = find_route(path)
    fields = {name: [value] for name, _, value in (pair.partition("=") for pair in query.split("&") if pair)}
    headers = {"Host": "retract.example", "Cookie": cookie}
    return door.app({
        "path": path,
        "resource": route,
        "httpMethod": "GET",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "multiValueQueryStringParameters": fields or None,
        "pathParameters": parameters or None,
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
        "requestContext": {
            "resourcePath": route, "httpMethod": "GET", "path": "/api" + path, "stage": "api",
            "identity": {"sourceIp": "127.0.0.1"},
        },
    }, Context())


def answer_apart(path, cookie):
    # In a child, so that what one page loads is not there for the next.
    reading, writing = os.pipe()
    if not os.fork():
        answer = get(path, cookie)
        with os.fdopen(writing, "w") as told:
            json.dump({**answer, "modules": sorted(set(sys.modules) - runtime)}, told)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        text = told.read()
    os.wait()
    return json.loads(text)


*paths, cookie = sys.argv[1:]
print(json.dumps({path: answer_apart(path, cookie) for path in paths}))
"""
