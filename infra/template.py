"""CloudFormation's files as Python: resources.yaml is the data stack, overlay.yaml what is merged into Chalice's.

Chalice merges JSON better than YAML (a YAML file makes anchors of what stands twice), so JSON is what is written.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from infra.gateway_pages import write_gateway_responses

RESOURCES = Path(__file__).parent / "resources.yaml"
OVERLAY = Path(__file__).parent / "overlay.yaml"
BARE = ("Ref", "Condition")
"""Intrinsics that stand without "Fn::"."""

Template = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short intrinsics as its long ones: !Ref x is {"Ref": "x"}."""


def _intrinsic(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    name = tag if tag in BARE else f"Fn::{tag}"
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    if isinstance(node, yaml.MappingNode):
        return {name: loader.construct_mapping(node, deep=True)}
    assert isinstance(node, yaml.ScalarNode)
    value = loader.construct_scalar(node)
    return {name: value.split(".", 1) if tag == "GetAtt" else value}


_Loader.add_multi_constructor("!", _intrinsic)


@cache
def read_data_stack() -> Template:
    """The data stack."""
    return _read(RESOURCES)


@cache
def read_overlay() -> Template:
    """What is merged into Chalice's template: the app stack but for Chalice's own part of it."""
    overlay = _read(OVERLAY)
    overlay["Resources"]["RestAPI"]["Properties"]["GatewayResponses"] = write_gateway_responses()
    return overlay


def write_json(template: Template, path: Path) -> None:
    """Writes a template as JSON, the same bytes for the same template."""
    path.write_text(json.dumps(template, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _read(path: Path) -> Template:
    template: Template = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader with tags
    return {name: part for name, part in template.items() if not name.startswith("x-")}
