"""A standalone cluster of Apache Spark on loopback: a master, two workers, a Connect server, and a front that speaks TLS."""

import datetime
import ipaddress
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
import urllib.request

import pyspark

HOME = pathlib.Path(pyspark.__file__).parent
TOKEN = "between-friends"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait(what, probe, seconds=90, process=None):
    """What `probe` gives once it gives something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if found := probe():
                return found
        except OSError:
            pass
        assert process is None or process.poll() is None, f"{what}: it ended with {process.returncode}"
        time.sleep(0.1)
    raise AssertionError(f"{what}: not within {seconds} s")


def page(port, path="/json/"):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return json.load(answer)


class Cluster:
    """Its processes are groups of their own: a worker that is killed takes its executor with it, as a machine would."""

    def __init__(self, scratch):
        self.scratch = pathlib.Path(scratch)
        self.processes = {}
        self.master_port, self.master_page, self.port, self.page = (free_port() for _ in range(4))
        # Each stream ends after a second or 64 KiB: every result is one that is taken up again.
        self.settings = {
            "spark.connect.authenticate.token": TOKEN,
            "spark.connect.execute.reattachable.senderMaxStreamDuration": "1s",
            "spark.connect.execute.reattachable.senderMaxStreamSize": "64k",
            "spark.connect.grpc.arrow.maxBatchSize": "32k",
            "spark.connect.grpc.binding.address": "127.0.0.1",
            "spark.connect.grpc.binding.port": self.port,
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.files.maxPartitionBytes": "2m",
            "spark.sql.files.maxPartitionBytes": "2m",
            # Neither UTC nor without summer time: nothing may depend on it.
            "spark.sql.session.timeZone": "America/New_York",
            "spark.sql.shuffle.partitions": 4,
            "spark.sql.warehouse.dir": self.scratch / "warehouse",
            "spark.ui.port": self.page,
            "spark.ui.showConsoleProgress": "false",
        }

    def spawn(self, name, *words):
        log = (self.scratch / f"{name}.log").open("w")
        folders = {"SPARK_WORKER_DIR": "work", "SPARK_LOCAL_DIRS": "local", "SPARK_LOG_DIR": "logs"}
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SPARK_")},
            **{variable: str(self.scratch / folder) for variable, folder in folders.items()},
            "SPARK_HOME": str(HOME), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_DAEMON_MEMORY": "1g" if name == "connect" else "256m",
        }
        self.processes[name] = subprocess.Popen([str(HOME / "bin" / words[0]), *map(str, words[1:])], stdout=log, stderr=subprocess.STDOUT,
                                                env=environment, cwd=self.scratch, start_new_session=True)
        return self.processes[name]

    def start(self):
        master = self.spawn("master", "spark-class", "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", self.master_port,
                            "--webui-port", self.master_page)
        wait("the master", lambda: page(self.master_page), process=master)
        for number in (1, 2):
            self.start_worker(f"worker{number}")
        self.workers(2)
        settings = [word for name, value in self.settings.items() for word in ("--conf", f"{name}={value}")]
        server = self.spawn("connect", "spark-submit", "--master", f"spark://127.0.0.1:{self.master_port}", "--executor-memory",
                            "640m", *settings, "--class", "org.apache.spark.sql.connect.service.SparkConnectServer",
                            "spark-internal")
        wait("the Connect server", lambda: socket.create_connection(("127.0.0.1", self.port), 1), process=server).close()
        wait("two executors", lambda: len(self.executors()) == 2, process=server)

    def start_worker(self, name):
        self.spawn(name, "spark-class", "org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "--port", free_port(), "--webui-port", 0,
                   "--cores", 1, "--memory", "1g", f"spark://127.0.0.1:{self.master_port}")

    def workers(self, count):
        alive = lambda: [worker for worker in page(self.master_page)["workers"] if worker["state"] == "ALIVE"]
        return wait(f"{count} workers", lambda: len(alive()) == count and alive())

    def rest(self, path=""):
        root = "/api/v1/applications"
        return page(self.page, f"{root}/{page(self.page, root)[0]['id']}/{path}")

    def executors(self, every=False):
        return [one for one in self.rest("allexecutors" if every else "executors") if one["id"] != "driver"]

    def running(self):
        return self.rest("jobs?status=running")

    def kill(self, name):
        os.killpg(self.processes[name].pid, signal.SIGKILL)
        self.processes.pop(name).wait()

    def stop(self):
        for process in self.processes.values():
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
        self.processes.clear()
        shutil.rmtree(self.scratch / "work", ignore_errors=True)


class Front:
    """TLS in front of the Connect server: HTTP/2 by ALPN, and what is inside handed on."""

    def __init__(self, scratch, port):
        self.authority = pathlib.Path(scratch) / "authority.pem"
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.set_alpn_protocols(["h2"])
        self.context.load_cert_chain(self.certificate(pathlib.Path(scratch) / "front.pem"))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.to, self.connections = self.listener.getsockname()[1], port, 0
        threading.Thread(target=self.serve, daemon=True).start()

    def certificate(self, path):
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        now, issuer_key, key = datetime.datetime.now(datetime.timezone.utc), ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        name = lambda text: x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])
        make = lambda subject, of: (x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name("authority")).public_key(of.public_key())
                                    .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=1))
                                    .not_valid_after(now + datetime.timedelta(days=1)))
        issuer = make("authority", issuer_key).add_extension(x509.BasicConstraints(True, None), True).sign(issuer_key, hashes.SHA256())
        names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        leaf = make("front", key).add_extension(names, False).add_extension(x509.BasicConstraints(False, None), True).sign(issuer_key, hashes.SHA256())
        pem = serialization.Encoding.PEM
        self.authority.write_bytes(issuer.public_bytes(pem))
        path.write_bytes(leaf.public_bytes(pem) + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return path

    def serve(self):
        while True:
            outside, _ = self.listener.accept()
            threading.Thread(target=self.connect, args=(outside,), daemon=True).start()

    def connect(self, outside):
        # One socket is not for two threads once it is TLS: what comes is looked for in turns.
        try:
            with self.context.wrap_socket(outside, server_side=True) as near, socket.create_connection(("127.0.0.1", self.to)) as far:
                self.connections += 1
                near.settimeout(0.01), far.settimeout(0.01)
                while True:
                    for one, other in ((near, far), (far, near)):
                        try:
                            piece = one.recv(1 << 16)
                        except TimeoutError:
                            continue
                        if not piece:
                            return
                        other.settimeout(30)
                        other.sendall(piece)
                        other.settimeout(0.01)
        except OSError:
            pass
