"""A case that fails shows both sides."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.plan.scene")
