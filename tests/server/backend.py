# SPDX-License-Identifier: Apache-2.0
"""A back end for mod_proxy whose answers are bytes: they may end anywhere."""

import contextlib
import socket
import threading

TIMEOUT = 60


def end(listener, thread):
    """Close it when its thread has left: else that waits on in accept() by the
    number of a file that may be another one's soon, and takes a connection of
    that if the kernel begins the call anew, as after SIGSTOP and SIGCONT."""
    listener.shutdown(socket.SHUT_RDWR)
    thread.join(TIMEOUT)
    listener.close()


class Backend:
    """Answers every GET and HEAD for a path with the bytes given for it, then
    closes the connection."""

    def __init__(self, answers):
        self.answers = answers
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,),
                             daemon=True).start()

    def _answer(self, connection):
        connection.settimeout(TIMEOUT)
        head = b""
        with connection:
            while b"\r\n\r\n" not in head:
                more = connection.recv(65536)
                if not more:
                    return
                head += more
            target = head.split(b" ")[1].decode()
            with contextlib.suppress(OSError):    # who has all may go first
                connection.sendall(self.answers[target.split("?")[0]])
                connection.shutdown(socket.SHUT_WR)

    def close(self):
        end(self.listener, self.thread)
