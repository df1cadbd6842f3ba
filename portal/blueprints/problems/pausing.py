"""Why no push can go out at the moment: what the pages of SQL管控 say of CODING's pause."""

from __future__ import annotations

from portal.domain import app_health, issues, problem_lists, settings
from portal.models import AppHealth, Project


def pause() -> AppHealth | None:
    """The pause of the tracker that is set now; None while pushes go out."""
    app_key = settings.provider_setting(issues.TRACKER).app_key
    if not app_key or not app_health.is_paused(issues.TRACKER, app_key):
        return None
    return app_health.state(issues.TRACKER, app_key)


def pause_for(project: Project) -> AppHealth | None:
    """The same, where it matters: pushes are switched on, or some of the project's wait."""
    found = pause()
    if found is None or settings.provider_setting(issues.TRACKER).is_enabled:
        return found
    return found if problem_lists.any_queued(project) else None
