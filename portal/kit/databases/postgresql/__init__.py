"""PostgreSQL over psycopg."""
