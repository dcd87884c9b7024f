"""Creates one DAG per road in roads.yaml: `answersheet_<road>`."""

import logging
from pathlib import Path
from typing import Any

import yaml
from airflow.sdk import DAG, CronTriggerTimetable, Param, task
from airflow.sdk.exceptions import AirflowFailException
from support.alerts import notify
from support.days import START, TIMEZONE
from support.defaults import task_defaults
from support.files import local_folder, near_files, shared_folder, to_path

HERE = Path(__file__).parent
log = logging.getLogger(__name__)

DOC = """
### {name}: 이미지와 YOLO 라벨의 데이터셋

평일 아침 9시에 `{folder}`의 이미지와 라벨로 데이터셋을 새로 만듭니다.

```
images/train  images/val      labels/train  labels/val      data.yaml
```

이미지가 6장 이하이면 학습용 이미지를 좌우 반전, 밝기, 확대로 늘리고 라벨도 함께 옮깁니다. 검증용은 늘리지 않습니다.
결과는 양식의 `output`, 비어 있으면 저장소(`setup --storage`, 없으면 `$MLOPSCTL_HOME`)의
`data/answersheet/{road}`에 있습니다. 같은 입력이면 결과도 같습니다.
"""


@task(task_display_name="라벨 검사")
def check(folder: str, classes: list[str]) -> int:
    """Return the number of images; fail if an image or its labels are invalid."""
    from answersheet import dataset

    try:
        return len(dataset.read_samples(Path(folder), len(classes)))
    except dataset.DatasetError as e:
        raise AirflowFailException(str(e)) from None


@task(task_display_name="데이터셋 만들기", **near_files())
def build(road: str, folder: str, classes: list[str], params: Any = None) -> dict[str, int]:
    from answersheet import dataset

    output = params["output"]
    target = to_path(output) if output else shared_folder("data", "answersheet", road)
    try:
        with local_folder(target) as local:
            counts = dataset.build_dataset(Path(folder), classes, local)
    except dataset.DatasetError as e:
        raise AirflowFailException(str(e)) from None
    log.info("%s: %s", target, counts)
    return counts


def create_dag(road: str, name: str, folder: str, classes: list[str]) -> DAG:
    with DAG(
        dag_id=f"answersheet_{road}",
        dag_display_name=f"정답지: {name}",
        description=f"{name}의 이미지와 YOLO 라벨로 데이터셋을 만듭니다.",
        doc_md=DOC.format(name=name, folder=folder, road=road),
        # A trigger timetable: a run processes the current images, not those of a data interval.
        schedule=CronTriggerTimetable("0 9 * * 1-5", timezone=TIMEZONE),
        start_date=START,
        catchup=False,
        max_active_runs=1,  # two runs would write to the same folder
        params={
            "output": Param(None, type=["null", "string"], title="결과 폴더", description="비워 두면 기본 폴더입니다.")
        },
        default_args=task_defaults(retries=1),
        tags=["answersheet"],
        **notify(),
    ) as dag:
        check(folder, classes) >> build(road, folder, classes)
    return dag


CONFIG = yaml.safe_load((HERE / "roads.yaml").read_text(encoding="utf-8"))
for road_id, road in CONFIG["roads"].items():
    # Airflow registers every DAG created in this file; no global variable is needed.
    create_dag(road_id, road["name"], str(HERE / road["folder"]), CONFIG["classes"])
