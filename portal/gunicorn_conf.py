"""How gunicorn serves the portal: `gunicorn -c portal/gunicorn_conf.py wsgi:app`; README, "Grow".

Given as a file, not as a module: the master would import the package, and its workers would
inherit the old code at a reload.
"""

worker_class = "gthread"
workers = 2
threads = 8
# Longer than a proxy keeps a connection it does not use, so that the proxy is who closes it: a
# request on its way to a connection that we close would be lost.
keepalive = 75
# A stop or reload waits so long for requests in hand; systemd's 90 s and Kubernetes' 30 s are more.
graceful_timeout = 12
timeout = 60
# Several nodes on one machine would share its path.
control_socket_disable = True
