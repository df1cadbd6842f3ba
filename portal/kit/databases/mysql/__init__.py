"""MySQL and MariaDB over PyMySQL."""
