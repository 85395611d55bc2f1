"""The bill of materials (CycloneDX) of what ships: packages, Chalice's modules, what the browser gets of npm."""

import json
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
COMPILED_IN = ("chalice", "govuk-frontend-jinja")
"""Packages of which a part ships without their metadata: two modules; the macros that our templates load."""

FRONT_END = ("govuk-frontend",)
"""npm packages of which style sheets and scripts are made; the others only make them."""


def bill_of_materials(folder: Path) -> dict[str, Any]:
    """The bill of the unpacked artefact in ``folder``, without serial number and time: the same for the same."""
    packages = [*distributions(path=[str(folder)]), *(distribution(name) for name in COMPILED_IN)]
    components = [_python_component(package) for package in packages]
    components += [_npm_component(name) for name in FRONT_END]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "retract", "bom-ref": "retract"}},
        "components": sorted(components, key=lambda component: component["purl"]),
    }


def _python_component(package: Distribution) -> dict[str, Any]:
    name = package.metadata["Name"].lower().replace("_", "-")
    classifiers = package.metadata.get_all("Classifier") or []
    said = [package.metadata.get("License-Expression"), package.metadata.get("License")]
    said += [each.rpartition(" :: ")[2] for each in classifiers if each.startswith("License :: ")]
    return _component("pypi", name, package.version, next(filter(None, said), ""))


def _npm_component(name: str) -> dict[str, Any]:
    locked = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    package = locked["packages"][f"node_modules/{name}"]
    return _component("npm", name, package["version"], package.get("license", ""))


def _component(kind: str, name: str, version: str, licence: str) -> dict[str, Any]:
    purl = f"pkg:{kind}/{name}@{version}"
    found = {"type": "library", "name": name, "version": version, "purl": purl, "bom-ref": purl}
    return found | ({"licenses": [{"license": {"name": licence}}]} if licence else {})
