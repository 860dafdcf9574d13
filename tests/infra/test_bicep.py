"""infra/*.bicep against docs/deployment.md: roles, settings, order, and what Flex refuses."""

import json
import re
from collections import Counter
from typing import Any

import pytest

from tests.infra.bicep import FILES, INFRA, ROOT, declared, read, text, used

PARAMETERS = json.loads((INFRA / "main.parameters.json").read_text())["parameters"]
SAMPLE = json.loads((ROOT / "local.settings.sample.json").read_text())["Values"]
# The platform or app.bicep says these, or they are for a development machine alone.
LOCAL = {
    "AzureWebJobsDisableHomepage",
    "FUNCTIONS_WORKER_RUNTIME",
    "PYTHON_ENABLE_INIT_INDEXING",
    "AzureWebJobsStorage",
    "SIMULATE_AZURE",
}
STORAGE_BLOB_DATA_OWNER = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"
METRICS_PUBLISHER = "3913510d-42f4-4e42-8a64-420c390055eb"
OPENAI_USER = "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd"
# https://learn.microsoft.com/azure/azure-functions/flex-consumption-plan: none of them may be set.
REFUSED_BY_FLEX = re.compile(
    r"FUNCTIONS_WORKER_RUNTIME|FUNCTIONS_EXTENSION_VERSION|FUNCTIONS_MAX_HTTP_CONCURRENCY"
    r"|FUNCTIONS_WORKER_PROCESS_COUNT|ENABLE_ORYX_BUILD|SCM_DO_BUILD_DURING_DEPLOYMENT"
    r"|WEBSITE_RUN_FROM_PACKAGE|WEBSITE_CONTENT|WEBSITE_VNET_ROUTE_ALL|WEBSITE_TIME_ZONE|\bTZ\b"
    r"|alwaysOn|linuxFxVersion|ftpsState|isReserved|containerSize|dnsConfiguration|\bcors\b"
    r"|functionsRuntimeAdminIsolationEnabled"
)


def resource(name: str, file: str = "app.bicep") -> dict[str, Any]:
    found: dict[str, Any] = read(file)["resources"][name]
    return found


def config(name: str, file: str = "app.bicep") -> dict[str, Any]:
    """What a resource or module says, whether it is conditional, a loop or neither."""
    inner = {**read(file).get("modules", {}), **read(file)["resources"]}[name]["config"]
    while "config" in inner:
        inner = inner["config"]
    return inner


# --- the language -----------------------------------------------------------


@pytest.mark.parametrize("file", FILES)
def test_it_is_bicep(file: str) -> None:
    assert read(file)["resources"] is not None


@pytest.mark.parametrize("file", FILES)
def test_every_name_is_declared_once_and_used(file: str) -> None:
    assert Counter(declared(file)).most_common(1)[0][1] == 1
    assert set(used(file)) - {*declared(file), *read(file).get("outputs", {})} == set()
    counted = Counter(used(file))
    # A resource may be made for its own sake; a value that nobody reads is left over.
    values = [*read(file)["parameters"], *read(file).get("variables", {})]
    assert [name for name in values if counted[name] < 2] == []


@pytest.mark.parametrize(
    ("file", "module"),
    [("main.bicep", "app"), ("app.bicep", "openAiAccess")],
)
def test_a_module_gets_exactly_its_parameters(file: str, module: str) -> None:
    path = read(file)["modules"][module]["detail"]["path"]
    assert {*config(module, file)["params"]} == {*read(path)["parameters"]}


def test_azd_gives_every_parameter_a_value() -> None:
    assert {*PARAMETERS} == {*read("main.bicep")["parameters"]}


def test_what_is_secret_is_no_part_of_the_deployment_history() -> None:
    for file in ("main.bicep", "app.bicep"):
        assert read(file)["parameters"]["secretSettings"]["decorators"] == [{"type": "secure"}]
        told = json.dumps(read(file)["outputs"])
        assert not re.search("secret|token|key|connection", told, re.IGNORECASE)


def test_files_that_are_read_into_it_exist() -> None:
    names = re.findall(r"loadTextContent\('([^']+)'\)", text("app.bicep"))
    assert "workbook.json" in names
    alerts = {f"queries/alerts/{file.name}" for file in (INFRA / "queries/alerts").iterdir()}
    assert {*names} - {"workbook.json"} == alerts
    assert all((INFRA / name).is_file() for name in names)


# --- the site ---------------------------------------------------------------


def test_the_site_is_flex_with_python_and_many_streams_per_instance() -> None:
    assert config("plan")["sku"] == {"name": "FC1", "tier": "FlexConsumption"}
    assert config("plan")["properties"] == {"reserved": True}
    site = config("site")
    assert site["kind"] == "functionapp,linux"
    assert site["properties"]["httpsOnly"] is True
    flex = site["properties"]["functionAppConfig"]
    assert flex["runtime"] == {"name": "python", "version": "3.13"}
    assert flex["siteUpdateStrategy"] == {"type": "RollingUpdate"}
    scale = flex["scaleAndConcurrency"]
    assert scale["triggers"] == {"http": {"perInstanceConcurrency": 100}}
    assert scale["instanceMemoryMB"] == "instanceMemoryMB"
    assert scale["maximumInstanceCount"] == "maximumInstanceCount"
    memory = read("main.bicep")["parameters"]["instanceMemoryMB"]
    assert memory["decorators"] == [{"type": "allowed", "argument": [512, 2048, 4096]}]
    assert memory["default"] == 2048


@pytest.mark.parametrize("file", [*FILES, "main.parameters.json"])
def test_nothing_is_set_that_flex_refuses(file: str) -> None:
    assert REFUSED_BY_FLEX.findall(text(file)) == []


def test_the_site_is_the_service_that_azd_deploys() -> None:
    assert "api:" in (ROOT / "azure.yaml").read_text()
    assert config("site")["tags"] == {"azd-service-name": "api"}


def test_its_package_is_read_by_its_own_identity() -> None:
    site = config("site")
    assert site["identity"] == {
        "type": "UserAssigned",
        "userAssignedIdentities": {"${identity.id}": {}},
    }
    assert site["properties"]["keyVaultReferenceIdentity"] == "identity.id"
    assert site["properties"]["functionAppConfig"]["deployment"]["storage"] == {
        "type": "blobContainer",
        "value": "${storage.properties.primaryEndpoints.blob}${storage::blobs::packages.name}",
        "authentication": {
            "type": "UserAssignedIdentity",
            "userAssignedIdentityResourceId": "identity.id",
        },
    }


def test_storage_has_no_keys_and_no_public_blobs() -> None:
    assert config("storage")["properties"] == {
        "allowBlobPublicAccess": False,
        "allowSharedKeyAccess": False,
        "minimumTlsVersion": "TLS1_2",
        "supportsHttpsTrafficOnly": True,
    }


def test_application_insights_takes_only_entra() -> None:
    properties = config("insights")["properties"]
    assert properties["DisableLocalAuth"] is True
    assert properties["WorkspaceResourceId"] == "workspace.id"


# --- settings ---------------------------------------------------------------


def test_the_settings_are_exactly_these() -> None:
    union = config("appSettings")["properties"]["function"]
    assert union["type"] == "union"
    theirs, secret, ours = union["parameters"].values()
    assert (theirs, secret) == ("settings", "secretSettings")
    # Where a person says nothing: the account that is known, and the deployment that is there.
    for name, otherwise in (
        ("AZURE_OPENAI_ENDPOINT", "knownEndpoint"),
        ("CURSOR_AZURE_DEPLOYMENT", "settings.BIG_MODEL"),
    ):
        choice = ours.pop(name)["operator"]["operands"]
        assert choice["condition"]["function"]["type"] == "empty"
        assert (choice["true_value"], choice["false_value"]) == (otherwise, f"settings.{name}")
    assert ours == {
        "AZURE_CLIENT_ID": "identity.properties.clientId",
        "AzureWebJobsStorage__credential": "managedidentity",
        "AzureWebJobsStorage__clientId": "identity.properties.clientId",
        "AzureWebJobsStorage__blobServiceUri": "storage.properties.primaryEndpoints.blob",
        "AzureWebJobsDisableHomepage": "true",
        "APPLICATIONINSIGHTS_CONNECTION_STRING": "insights.properties.ConnectionString",
        "APPLICATIONINSIGHTS_AUTHENTICATION_STRING": (
            "ClientId=${identity.properties.clientId};Authorization=AAD"
        ),
    }


def test_every_setting_can_be_said_by_its_own_name() -> None:
    settings = {**PARAMETERS["settings"]["value"], **PARAMETERS["secretSettings"]["value"]}
    assert {*settings} == {*SAMPLE} - LOCAL
    for name, value in settings.items():
        assert re.fullmatch(rf"\$\{{{name}(=[^}}]*)?\}}", value), name


def test_secrets_are_among_the_secrets() -> None:
    secret = {name for name in SAMPLE if re.search("KEY|TOKEN", name)}
    assert {*PARAMETERS["secretSettings"]["value"]} == secret


# --- roles ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "name", "scope", "variable", "role"),
    [
        ("app", "storageRole", "storage", "storageBlobDataOwner", STORAGE_BLOB_DATA_OWNER),
        ("app", "insightsRole", "insights", "monitoringMetricsPublisher", METRICS_PUBLISHER),
        ("openai-access", "role", "account", "cognitiveServicesOpenAIUser", OPENAI_USER),
    ],
)
def test_the_identity_has_this_role_there(
    file: str, name: str, scope: str, variable: str, role: str
) -> None:
    file = f"{file}.bicep"
    assert read(file)["variables"][variable]["value"] == role
    assert resource(name, file)["type"] == "Microsoft.Authorization/roleAssignments"
    given = config(name, file)
    assert given["scope"] == scope
    assert given["properties"]["principalId"] in ("identity.properties.principalId", "principalId")
    assert given["properties"]["principalType"] == "ServicePrincipal"
    assert variable in json.dumps(given["properties"]["roleDefinitionId"])
    # The name is the same at each deployment, and another one for each role and place.
    named = given["name"]["function"]
    assert named["type"] == "guid"
    whose = "identity.id" if file == "app.bicep" else "principalId"
    assert [*named["parameters"].values()] == [f"{scope}.id", whose, variable]


def test_there_are_no_other_roles() -> None:
    found = [
        (file, name)
        for file in FILES
        for name, each in read(file)["resources"].items()
        if each["type"] == "Microsoft.Authorization/roleAssignments"
    ]
    assert sorted(found) == [
        ("app.bicep", "insightsRole"),
        ("app.bicep", "storageRole"),
        ("openai-access.bicep", "role"),
    ]


def test_the_site_waits_for_its_roles_and_its_container() -> None:
    assert {*config("site")["dependsOn"]} == {"storageRole", "insightsRole", "openAiAccess"}
    assert "${storage::blobs::packages.name}" in text("app.bicep")  # a dependency of its own
    assert config("openAiAccess")["dependsOn"] == ["deployments"]


def test_an_account_gets_the_role_in_its_own_group() -> None:
    """Whether it was there, in any group of the tenant, or is made here."""
    place = read("app.bicep")["variables"]["openAiPlace"]["value"]["function"]
    assert place["type"] == "split"
    choice = place["parameters"]["input_string"]["operator"]["operands"]
    assert (choice["true_value"], choice["false_value"]) == ("account.id", "openAiResourceId")
    scope = config("openAiAccess")["scope"]["function"]
    assert scope["type"] == "resource_group"
    places = {name: [*place.values()] for name, place in scope["parameters"].items()}
    assert places == {
        "subscription_id": ["openAiPlace", 2],
        "resource_group_name": ["openAiPlace", 4],
    }
    given = config("openAiAccess")["params"]
    assert given["principalId"] == "identity.properties.principalId"
    # Whoever makes an account may give roles on it.
    assert "assignRole: assignOpenAiRole || empty(openAiResourceId)" in text("app.bicep")
    wanted = read("app.bicep")["modules"]["openAiAccess"]["config"]["condition"]
    assert wanted == "hasAccount"
    assert "var hasAccount = createOpenAi || !empty(openAiResourceId)" in text("app.bicep")
    role = resource("role", "openai-access.bicep")["config"]
    assert role["condition"] == "assignRole"
    assert resource("account", "openai-access.bicep")["existing"] is True


# --- a new account ----------------------------------------------------------


def test_a_new_account_takes_only_entra_and_its_deployments_come_one_after_another() -> None:
    account = config("account")
    assert account["properties"]["disableLocalAuth"] is True
    assert account["properties"]["customSubDomainName"] == account["name"]  # Entra ID needs one
    assert resource("deployments")["decorators"] == [{"type": "batchSize", "argument": 1}]
    assert config("deployments")["sku"] == {
        "name": "GlobalStandard",
        "capacity": "newDeploymentCapacity",
    }
    # None where none is to be made, and each name once.
    models = read("app.bicep")["variables"]["models"]["value"]["operator"]["operands"]
    assert (models["condition"], models["false_value"]) == ("createOpenAi", [])
    assert models["true_value"]["function"] == {
        "type": "union",
        "parameters": {"arg_1": ["settings.BIG_MODEL"], "arg_2": ["settings.SMALL_MODEL"]},
    }
    assert resource("account")["config"]["condition"] == "createOpenAi"


# --- alerts -----------------------------------------------------------------


def test_nobody_is_written_to_unless_somebody_is_named() -> None:
    assert read("main.bicep")["parameters"]["alertEmail"]["default"] == ""
    assert config("rules")["kind"] == "LogAlert"
    assert config("rules")["properties"]["actions"] == {"actionGroups": ["people.id"]}
    assert "var alerts = empty(alertEmail) ? [] : [" in text("app.bicep")
    assert "for alert in alerts" in text("app.bicep")
    assert "resource people" in text("app.bicep")
    assert "if (!empty(alertEmail))" in text("app.bicep")
