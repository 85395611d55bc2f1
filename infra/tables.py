"""Creates the tables of ``resources.yaml`` where there is no CloudFormation: in tests and in the local runner."""

from pathlib import Path
from typing import Any

import yaml

RESOURCES = Path(__file__).parent / "resources.yaml"

CREATED_APART = {"TimeToLiveSpecification", "PointInTimeRecoverySpecification", "SSESpecification"}
"""Properties that CreateTable does not take and that nothing local depends on."""


class _Template(yaml.SafeLoader):
    """Reads CloudFormation's short intrinsics (!Ref x) as {"Ref": "x"}."""


def _intrinsic(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    assert isinstance(node, yaml.ScalarNode)
    return {tag: loader.construct_scalar(node)}


_Template.add_multi_constructor("!", _intrinsic)


def read_tables(stage: str) -> list[dict[str, Any]]:
    """CreateTable's parameters for each table of the template, named for ``stage``."""
    template = yaml.load(RESOURCES.read_text(), _Template)  # noqa: S506 - a SafeLoader with CloudFormation's tags
    tables = []
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::DynamoDB::Table":
            table = {k: v for k, v in resource["Properties"].items() if k not in CREATED_APART}
            table["TableName"] = table["TableName"]["Sub"].replace("${Stage}", stage)
            if stream := table.get("StreamSpecification"):
                table["StreamSpecification"] = {"StreamEnabled": True, **stream}
            tables.append(table)
    return tables


def create_tables(dynamodb: Any, stage: str) -> None:
    """Creates both tables through a DynamoDB client."""
    for table in read_tables(stage):
        dynamodb.create_table(**table)
