"""A TCP relay that can be cut, closed, frozen and slow."""

import contextlib
import socket
import threading
import time


class Relay:
    """Use as a context manager; `port` is where it listens, on 127.0.0.1. `bytes_per_s`: how fast
    each connection's answers pass."""

    TICK = 0.02

    def __init__(self, target_port, bytes_per_s=None):
        self.at_once = max(1, int(bytes_per_s * self.TICK)) if bytes_per_s else None
        self.target = ("127.0.0.1", target_port)
        self.open, self.flowing = True, threading.Event()
        self.flowing.set()
        self.sockets, self.lock = [], threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.open = False
        self.flowing.set()
        self.listener.close()
        self.cut()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            if not self.open:
                near.close()
                continue
            try:
                far = socket.create_connection(self.target)
            except OSError:
                near.close()
                continue
            with self.lock:
                self.sockets += [near, far]
            for a, b, at_once in ((near, far, None), (far, near, self.at_once)):
                threading.Thread(target=self.pump, args=(a, b, at_once), daemon=True).start()

    def pump(self, source, sink, at_once):
        with contextlib.suppress(OSError):
            while data := source.recv(at_once or 65536):
                self.flowing.wait()
                sink.sendall(data)
                if at_once:
                    time.sleep(self.TICK)
        for s in (source, sink):
            with contextlib.suppress(OSError):
                s.shutdown(socket.SHUT_RDWR)

    def cut(self):
        """Ends every connection; new ones are taken while `open`."""
        with self.lock:
            sockets, self.sockets = self.sockets, []
        for s in sockets:
            with contextlib.suppress(OSError):
                s.shutdown(socket.SHUT_RDWR)

    def freeze(self):
        """Nothing passes any more, and nobody is told."""
        self.flowing.clear()
