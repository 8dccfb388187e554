"""Makes `gpgen.torch` importable from the source tree."""

import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(REPOSITORY / "python" / "src"))
