"""The register of invented schools, and the real one where its files are at hand; each is built once."""

from pathlib import Path

import pytest

from chalicelib.register.search import Register, open_register
from infra.register import load, write

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "data"
SAMPLE, SAMPLE_LINKS = ROOT / "infra" / "sample_schools.csv", ROOT / "infra" / "sample_links.csv"


@pytest.fixture(scope="session")
def register(tmp_path_factory: pytest.TempPathFactory) -> Register:
    path = tmp_path_factory.mktemp("register") / "sample.sqlite"
    write(load(SAMPLE, SAMPLE_LINKS)[0], path)
    return open_register(str(path))


@pytest.fixture(scope="session")
def real_files() -> Path:
    if not REAL.is_dir():
        pytest.skip("the real register's files (../shared/data) are not here")
    return REAL


@pytest.fixture(scope="session")
def real_register(real_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Register:
    path = tmp_path_factory.mktemp("register") / "real.sqlite"
    write(load(real_files / "schools-open-noheads.csv")[0], path)
    return open_register(str(path))
