"""`make audit`: a known fault stops a package; what could not be learnt is said, and never called clean."""

from typing import Any

import pytest

from infra import audit

CLEAN = {"dependencies": [{"name": "jinja2", "version": "3.1.6", "vulns": []}]}
BAD = {
    "dependencies": [
        {"name": "jinja2", "version": "2.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.8.1", "2.10.1"]}]}
    ]
}
BLIND = {"dependencies": [{"name": "jinja2", "skip_reason": "not found"}]}
NPM_CLEAN: dict[str, Any] = {"vulnerabilities": {}}
NPM_BAD = {"vulnerabilities": {"sass": {"severity": "high"}}}
NPM_BLIND = {"message": "405 Method Not Allowed"}


@pytest.mark.parametrize(
    ("python", "npm", "status", "must"),
    [
        (CLEAN, NPM_CLEAN, 0, 0),
        (BAD, NPM_CLEAN, 1, 1),
        (CLEAN, NPM_BAD, 1, 1),
        (BLIND, NPM_CLEAN, 0, 1),
        ({}, NPM_CLEAN, 0, 1),
        (CLEAN, NPM_BLIND, 0, 1),
    ],
)
def test_a_known_fault_fails_and_an_unknown_one_where_it_must(
    python: dict[str, Any],
    npm: dict[str, Any],
    status: int,
    must: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(audit, "audit_lock", lambda path: python)
    monkeypatch.setattr(audit, "audit_npm", lambda: npm)
    assert audit.main(["runtime"]) == status
    assert audit.main(["runtime", "--must"]) == must
    said = capsys.readouterr().err
    assert ("NOT IN FULL" in said) == (status < must)
    assert ("jinja2 2.0: PYSEC-1, mended in 2.8.1, 2.10.1" in said) == (python is BAD)
    assert ("npm sass: high" in said) == (npm is NPM_BAD)
