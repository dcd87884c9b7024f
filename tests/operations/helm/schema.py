"""The keys that `helm values` writes, with their types, as the chart of helm_chart.VERSION has them. Its own schema is
not a part of this repository; docs/kubernetes.md says how to check with it."""

from typing import Any

TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
SECRET = {"type": "string", "pattern": r"^mlopsctl-[a-z-]+$"}
ON, OFF = {"const": True}, {"const": False}
NUMBER = {"type": "integer", "minimum": 1}
QUEUES = {"type": "string", "pattern": r"^[A-Za-z0-9._:/@,-]+$"}  # the chart writes it into a shell line


def mapping(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": required | (optional or {}),
        "required": list(required),
        "additionalProperties": False,
    }


def listing(entry: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "minItems": 1, "items": entry}


VARIABLE = mapping({"name": TEXT, "value": {"type": "string"}})
WORKER_SET = mapping(
    {"name": {"type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$"}, "replicas": NUMBER,
     "queue": QUEUES, "env": listing(VARIABLE)}
)  # fmt: skip
CELERY = mapping(
    {"replicas": NUMBER, "queue": QUEUES, "terminationGracePeriodSeconds": NUMBER}, {"sets": listing(WORKER_SET)}
)
GIT_SYNC = mapping({"enabled": ON, "repo": TEXT, "ref": TEXT, "subPath": {"type": "string"}})
VALUES = mapping(
    {
        "airflowVersion": {"type": "string", "pattern": r"^\d+\.\d+\.\d+$"},
        "defaultAirflowTag": TEXT,
        "images": mapping({"airflow": mapping({"repository": TEXT, "tag": TEXT})}),
        "executor": {"enum": ["LocalExecutor", "CeleryExecutor,LocalExecutor"]},
        "fernetKeySecretName": SECRET,
        "data": mapping({"metadataSecretName": SECRET}, {"brokerUrlSecretName": SECRET}),
        "postgresql": mapping({"enabled": OFF}),
        "pgbouncer": mapping({"enabled": OFF}),
        "createUserJob": mapping({"enabled": OFF}),
        "dags": {
            "oneOf": [
                mapping({"gitSync": GIT_SYNC}),
                mapping({"persistence": mapping({"enabled": ON, "existingClaim": TEXT})}),
            ]
        },
        "logs": mapping({"persistence": mapping({"enabled": ON})}),
        "env": listing(VARIABLE),
        "secret": listing(mapping({"envName": TEXT, "secretName": SECRET, "secretKey": TEXT})),
        "config": {
            "type": "object",
            "additionalProperties": {"type": "object", "additionalProperties": {"type": "string"}},
        },
    },
    {
        "apiSecretKeySecretName": SECRET,
        "jwtSecretName": SECRET,
        "webserverSecretKeySecretName": SECRET,
        "redis": mapping({"enabled": ON, "passwordSecretName": SECRET, "persistence": mapping({"enabled": ON})}),
        "workers": mapping({"celery": CELERY}),
        "volumes": listing(mapping({"name": TEXT, "persistentVolumeClaim": mapping({"claimName": TEXT})})),
        "volumeMounts": listing(mapping({"name": TEXT, "mountPath": TEXT})),
    },
)
