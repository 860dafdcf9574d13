"""What a deployed app answers, asked from outside as its clients ask: `dev.py doctor --url`.

It knows the app by HTTP alone. What the app itself can say of Azure is proxy_core/doctor's.
"""

from local.deployed.examination import Examination
from local.deployed.visitor import Visitor, open_client

__all__ = ["Examination", "Visitor", "open_client"]
