"""The page for when no page can be drawn: it needs no setting, no template and no file."""

import logging

from chalice.app import Response

from chalicelib.errors import describe

log = logging.getLogger(__name__)

HTML = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Sorry, there is a problem with the service - Retract</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
</head>
<body>
<main>
<h1>Sorry, there is a problem with the service</h1>
<p>The fault is ours. You did nothing wrong.</p>
<p>Try again in a few minutes.</p>
</main>
</body>
</html>
"""


def answer_plainly(error: Exception) -> Response:
    """The page, after ``error`` is logged by type and place: its message may hold what was typed."""
    log.error("no page could be drawn: %s", describe(error))
    return Response(HTML, status_code=500, headers={"Content-Type": "text/html; charset=utf-8"})
