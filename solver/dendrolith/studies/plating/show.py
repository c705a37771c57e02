"""What a run of plating shows: charts, numbers, pictures."""

from __future__ import annotations

from dendrolith.observables.show import Show

SHOW = Show()
