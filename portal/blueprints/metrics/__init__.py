"""/metrics: the portal's state for Prometheus."""

from portal.blueprints.metrics.views import init_app

__all__ = ["init_app"]
