"""A network namespace with a cable to this one, which can be cut so that nobody is told."""

import os
import subprocess
import uuid

import pytest


class Namespace:
    """Use as a context manager. `command` runs a program inside; `host` is our end's address."""

    def __init__(self):
        if os.geteuid() != 0:
            pytest.skip("network namespaces need root")
        tag = uuid.uuid4().hex[:6]
        self.name, self.near, self.far = f"weir-{tag}", f"wn{tag}", f"wf{tag}"
        octet = int(tag[:2], 16)
        self.host, self.inside = f"10.199.{octet}.1", f"10.199.{octet}.2"
        self.command = ["ip", "netns", "exec", self.name]

    def __enter__(self):
        try:
            self.ip("netns", "add", self.name)
        except (OSError, subprocess.CalledProcessError) as e:
            pytest.skip(f"this machine gives no network namespace: {e}")
        try:
            self.ip("link", "add", self.near, "type", "veth", "peer", "name", self.far)
            self.ip("link", "set", self.far, "netns", self.name)
            self.ip("addr", "add", f"{self.host}/30", "dev", self.near)
            self.ip("link", "set", self.near, "up")
            self.within("addr", "add", f"{self.inside}/30", "dev", self.far)
            self.within("link", "set", self.far, "up")
            self.within("link", "set", "lo", "up")
        except subprocess.CalledProcessError as e:
            self.__exit__()
            pytest.skip(f"this machine gives no pair of virtual devices: {e}")
        return self

    def __exit__(self, *_):
        subprocess.run(["ip", "link", "del", self.near], stderr=subprocess.DEVNULL)
        subprocess.run(["ip", "netns", "del", self.name], stderr=subprocess.DEVNULL)

    @staticmethod
    def ip(*args):
        subprocess.run(["ip", *args], check=True)

    def within(self, *args):
        self.ip("-n", self.name, *args)

    def cut(self):
        """Both ends send to a station that is not there: every packet is lost, no error comes."""
        nobody = ("lladdr", "02:00:00:00:00:01", "nud", "permanent")
        self.ip("neigh", "replace", self.inside, *nobody, "dev", self.near)
        self.within("neigh", "replace", self.host, *nobody, "dev", self.far)

    def mend(self):
        self.ip("neigh", "del", self.inside, "dev", self.near)
        self.within("neigh", "del", self.host, "dev", self.far)
