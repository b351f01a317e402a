"""Checks bill.json against the JSON schema of CycloneDX 1.7, as cyclonedx-python-lib 11.12.0 carries it.

    python3 -m venv venv && venv/bin/pip install 'cyclonedx-python-lib[json-validation]==11.12.0'
    venv/bin/python crates/interop/tests/cyclonedx/check.py

bill.json is what the test `bill` of this crate writes of report.json, byte for byte.
"""

import sys
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

HERE = Path(__file__).parent

error = JsonStrictValidator(SchemaVersion.V1_7).validate_str((HERE / "bill.json").read_text())
if error is not None:
    sys.exit(f"bill.json is not valid: {error}")
print("bill.json is a valid CycloneDX 1.7 document")
