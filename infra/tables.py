"""Creates the tables of ``resources.yaml`` where there is no CloudFormation: in tests and in the local runner."""

from typing import Any

from infra.template import read_data_stack

CREATED_APART = {"TimeToLiveSpecification", "PointInTimeRecoverySpecification", "SSESpecification"}
"""Properties that CreateTable does not take and that nothing local depends on."""


def read_tables(stage: str) -> list[dict[str, Any]]:
    """CreateTable's parameters for each table of the template, named for ``stage``."""
    tables = []
    for resource in read_data_stack()["Resources"].values():
        if resource["Type"] == "AWS::DynamoDB::Table":
            table = {k: v for k, v in resource["Properties"].items() if k not in CREATED_APART}
            table["TableName"] = table["TableName"]["Fn::Sub"].replace("${Stage}", stage)
            if stream := table.get("StreamSpecification"):
                table["StreamSpecification"] = {"StreamEnabled": True, **stream}
            tables.append(table)
    return tables


def create_tables(dynamodb: Any, stage: str) -> None:
    """Creates both tables through a DynamoDB client."""
    for table in read_tables(stage):
        dynamodb.create_table(**table)
