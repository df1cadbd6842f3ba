"""One MySQL statement, its rows thrown away as they come."""

from __future__ import annotations

from pymysql.cursors import SSCursor


class Draining(SSCursor):
    """Reads rows one by one and keeps none.

    tells_status  whether the last packet was one from which PyMySQL takes the server's status:
                  the end of rows has one too, which it drops, and an error has none
    """

    tells_status = False

    def run(self, sql: str) -> int:
        """Rows changed or found by the statement's last answer (a CALL may have several)."""
        self.execute(sql)  # without arguments PyMySQL formats nothing
        while True:
            rows, has_rows = self.rowcount, self.description is not None
            if has_rows:
                rows = sum(1 for _row in self.fetchall_unbuffered())
            if not self.nextset():
                self.tells_status = not has_rows
                return rows

    def forget(self) -> None:
        """Keep PyMySQL from reading on, unasked, what a broken connection owes."""
        if self._result is not None:
            self._result.unbuffered_active = False
        self._result = self.connection = None
