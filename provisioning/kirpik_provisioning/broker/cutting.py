"""A connection that stands is ended: somebody of the same name comes, and the broker lets only the newer one stay.

Mosquitto 2.0 looks at certificates only when a connection begins. So the desk makes a certificate in the name of
whoever shall go, good for a minute, calls the broker with it and hangs up. Whoever was pushed off is revoked and does
not get in again; the certificate and its key never leave a folder that is gone at once.
"""

import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kirpik.mqtt.connection import Connection
from kirpik.mqtt.tls import Credentials
from kirpik_provisioning.line import BrokerTable
from kirpik_provisioning.pki import Certified, issue_client

GOOD_FOR = timedelta(minutes=1)


def cut_off(names: Iterable[str], *, broker: BrokerTable, ca: Path, authority: Certified) -> int:
    """Return how many names were called. Raises BrokerError when the broker cannot be reached."""
    count = 0
    with tempfile.TemporaryDirectory(prefix="kirpik-cut-") as folder:
        for name in names:
            now = datetime.now(UTC)
            issue_client(authority, name, now=now, until=now + GOOD_FOR).write(Path(folder), "brief")
            files = Credentials(ca, Path(folder) / "brief.pem", Path(folder) / "brief.key")
            connection = Connection(broker.host, broker.port, files)
            connection.connect([])
            connection.close()
            count += 1
    return count
