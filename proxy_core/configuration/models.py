"""Which deployment answers for which name, and the model behind it.

https://learn.microsoft.com/azure/ai-foundry/openai/how-to/create-resource
"""

from collections.abc import Collection

from proxy_core.configuration import deployment_name
from proxy_core.configuration.names import find_nearest
from proxy_core.configuration.quoting import HIDDEN
from proxy_core.configuration.reader import EnvironReader
from proxy_core.configuration.switches import read_switch
from proxy_core.deployments.address import Address
from proxy_core.deployments.models import FAMILIES, UNKNOWN, find_family

SAFEGUARDS_MODEL = "SAFEGUARDS_MODEL"
NO_SAFEGUARDS = "off"
MODEL_FAMILIES = "AZURE_MODEL_FAMILIES"

_MODELS = tuple(family.prefix.rstrip("-") for family in FAMILIES if family is not UNKNOWN)


class ModelReader:
    """Reads the names of deployments. `addresses`: where each must stand; the first may name one.

    The model behind a deployment is declared for those whose names say something else.
    """

    def __init__(self, reader: EnvironReader, addresses: Collection[Address]) -> None:
        self._reader = reader
        self._on_azure = any(address.is_azure for address in addresses)
        self._pasted = next(address.deployment for address in addresses)
        self._used: set[str] = set()
        self.families = dict(reader.pairs(MODEL_FAMILIES))

    def read(self, setting: str) -> str:
        """A deployment in the pasted address stands for every model."""
        own = self._reader.text(setting)
        told = setting if own else "The deployment in AZURE_OPENAI_ENDPOINT"
        return self._check(told, own or self._pasted)

    def read_safeguards(self) -> str:
        name = self._reader.text(SAFEGUARDS_MODEL)
        match read_switch(name):
            case False:
                return NO_SAFEGUARDS
            case True:
                self._reader.refuse(
                    f"{SAFEGUARDS_MODEL} is {self._reader.quote(name)}: it is the name of a "
                    "deployment, or off; where it is not set, SMALL_MODEL judges."
                )
                return ""
            case None:
                return self._check(SAFEGUARDS_MODEL, name)

    def check_families(self) -> None:
        """Once all names are read."""
        for deployment, model in self.families.items():
            if find_family(model) is UNKNOWN:
                self._doubt_model(deployment, model)
            elif deployment not in self._used:
                self._reader.doubt(
                    f"{MODEL_FAMILIES} names the deployment {self._reader.quote(deployment)}, "
                    "which no other setting names: it counts only where a client does."
                )

    def _check(self, setting: str, name: str) -> str:
        if not name:
            return ""
        self._used.add(name)
        if mistake := deployment_name.find_mistake(name, on_azure=self._on_azure):
            found = self._reader.in_brackets(name)
            self._reader.refuse(f"{setting}{found} {mistake}: {deployment_name.MEANING}.")
        elif name not in self.families:
            self._doubt_name(setting, name)
        return name

    def _doubt_name(self, setting: str, name: str) -> None:
        quoted = self._reader.quote(name)
        if doubt := deployment_name.find_doubt(name, on_azure=self._on_azure):
            self._reader.doubt(f"{setting} is {quoted}, {doubt}: {deployment_name.MEANING}.")
        if find_family(name) is UNKNOWN:
            written = "ITS-NAME" if quoted == HIDDEN else name
            self._reader.doubt(
                f"The model behind the deployment {quoted} is unknown, so no reasoning effort is "
                f"sent: name it, such as {MODEL_FAMILIES}={written}=gpt-5.4."
            )

    def _doubt_model(self, deployment: str, model: str) -> None:
        quote = self._reader.quote
        near = find_nearest(model.lower(), _MODELS, cutoff=0.75)
        if not near and find_family(deployment) is not UNKNOWN:
            near = f"{quote(model)} first, and its model behind the ="
        hint = f"; did you mean {near}?" if near else "."
        self._reader.doubt(
            f"{MODEL_FAMILIES} names {quote(model)} as the model of {quote(deployment)}, and none "
            f"of that name is known here, so no reasoning effort is sent{hint}"
        )
