"""What every page of the sandbox tells the browser."""

POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:;"
    " form-action 'self'; frame-ancestors 'none'"
)


def keep_safe(response):
    """The page needs its own style sheet and nothing else."""
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "no-store"
    return response
