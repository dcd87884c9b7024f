"""What DAG files of Airflow 2 import and Airflow 3.3 does not have, used or not: ruff reports only names that are used.

Found by importing every module and name of Airflow 2.7.2 and 2.11.2 in Airflow 3.3.2, with the providers that setup
installs; internals that no DAG needs are left out. Of widely used providers: what the releases of October 2023 have (as
for Airflow 2.7.2) and those of November 2026 do not. tests/live/test_dags_check.py tests the table.
"""

# The modules of a package.
REMOVED_MODULES = {
    "airflow": """
        auth compat contrib datasets kubernetes metrics templates
    """,
    "airflow.api.common": """
        experimental
    """,
    "airflow.decorators": """
        bash branch_external_python branch_python branch_virtualenv condition external_python python python_virtualenv
        sensor setup_teardown short_circuit task_group
    """,
    "airflow.executors": """
        celery_executor celery_kubernetes_executor dask_executor debug_executor kubernetes_executor
        kubernetes_executor_types kubernetes_executor_utils local_kubernetes_executor sequential_executor
    """,
    "airflow.hooks": """
        S3_hook base_hook dbapi dbapi_hook docker_hook druid_hook hive_hooks http_hook jdbc_hook mssql_hook mysql_hook
        oracle_hook pig_hook postgres_hook presto_hook samba_hook slack_hook sqlite_hook webhdfs_hook zendesk_hook
    """,
    "airflow.io": """
        store utils
    """,
    "airflow.lineage": """
        backend entities
    """,
    "airflow.macros": """
        hive
    """,
    "airflow.models": """
        dagparam dagpickle dataset mappedoperator slamiss taskfail
    """,
    "airflow.operators": """
        bash_operator branch_operator check_operator dagrun_operator docker_operator druid_check_operator dummy
        dummy_operator email_operator gcs_to_s3 google_api_to_s3_transfer hive_operator hive_stats_operator
        hive_to_druid hive_to_mysql hive_to_samba_operator http_operator jdbc_operator latest_only_operator
        mssql_operator mssql_to_hive mysql_operator mysql_to_hive oracle_operator papermill_operator pig_operator
        postgres_operator presto_check_operator presto_to_mysql python_operator redshift_to_s3_operator
        s3_file_transform_operator s3_to_hive_operator s3_to_redshift_operator slack_operator sql sql_branch_operator
        sqlite_operator subdag subdag_operator
    """,
    "airflow.sensors": """
        base_sensor_operator date_time_sensor external_task_sensor hive_partition_sensor http_sensor
        metastore_partition_sensor named_hive_partition_sensor s3_key_sensor sql sql_sensor time_delta_sensor
        web_hdfs_sensor
    """,
    "airflow.timetables": """
        datasets
    """,
    "airflow.utils": """
        compression configuration dag_parsing_context empty_set mixins module_loading python_virtualenv sensor_helper
        singleton task_instance_session template warnings weekday
    """,
    "airflow.utils.log": """
        secrets_masker
    """,
    "airflow.providers.cncf.kubernetes.operators": """
        kubernetes_pod
    """,
    "airflow.providers.cncf.kubernetes.triggers": """
        kubernetes_pod
    """,
    "airflow.providers.google.cloud.hooks": """
        automl datacatalog datapipeline life_sciences mlengine
    """,
    "airflow.providers.google.cloud.operators": """
        automl datacatalog datapipeline life_sciences mlengine
    """,
    "airflow.providers.google.cloud.triggers": """
        mlengine
    """,
    "airflow.providers.google.marketing_platform.hooks": """
        analytics
    """,
    "airflow.providers.google.marketing_platform.operators": """
        analytics
    """,
    "airflow.providers.google.marketing_platform.sensors": """
        search_ads
    """,
    "airflow.providers.amazon.aws.operators": """
        redshift_sql
    """,
    "airflow.providers.jdbc": """
        operators
    """,
    "airflow.providers.trino": """
        operators
    """,
    "airflow.providers.vertica": """
        operators
    """,
    "airflow.providers.microsoft.mssql": """
        operators
    """,
    "airflow.providers.mysql": """
        operators
    """,
    "airflow.providers.postgres": """
        operators
    """,
    "airflow.providers.slack.notifications": """
        slack_notifier
    """,
    "airflow.providers.snowflake.hooks": """
        snowflake_sql_api
    """,
    "airflow.providers.sqlite": """
        operators
    """,
}
# Names in modules that exist.
REMOVED_NAMES = {
    "airflow.sensors.base": """
        AirflowException AirflowSkipException apply_defaults
    """,
    "airflow.operators.bash": """
        AirflowException AirflowSkipException BaseOperator Context
    """,
    "airflow.configuration": """
        as_dict get getboolean getfloat getint getsection has_option remove_option set
    """,
    "airflow.decorators": """
        TaskDecoratorCollection run_if skip_if
    """,
    "airflow.exceptions": """
        AirflowDagInconsistent AirflowWebServerTimeout BackfillUnfinished DagConcurrencyLimitReached DagFileExists
        FailStopDagInvalidTriggerRule NoAvailablePoolSlot RemovedInAirflow3Warning TaskConcurrencyLimitReached
        UnmappableOperator UnmappableXComLengthPushed UnmappableXComTypePushed XComForMappingNotPushed
    """,
    "airflow.hooks": """
        BaseHook DbApiHook DockerHook DruidDbApiHook DruidHook HiveCliHook HiveMetastoreHook HiveServer2Hook HttpHook
        JdbcHook MsSqlHook MySqlHook OracleHook PigCliHook PostgresHook PrestoHook S3Hook SambaHook SlackHook
        SqliteHook WebHDFSHook ZendeskHook
    """,
    "airflow.hooks.base": """
        DiscoverableHook
    """,
    "airflow.hooks.subprocess": """
        working_directory
    """,
    "airflow.lineage": """
        apply_lineage get_backend prepare_lineage
    """,
    "airflow.lineage.hook": """
        DatasetLineageInfo
    """,
    "airflow.models": """
        DagPickle ImportError SlaMiss TaskFail
    """,
    "airflow.models.baseoperator": """
        BaseOperatorLink BaseOperatorMeta Context ExecutorSafeguard TaskInstance TriggerRule coerce_resources
        coerce_timedelta get_merged_defaults parse_retries partial provide_session
    """,
    "airflow.models.dag": """
        BaseOperator Context DagContext Dataset State TaskInstance TriggerRule create_timetable
        get_dataset_triggered_next_run_info
    """,
    "airflow.models.param": """
        DagParam process_params
    """,
    "airflow.models.taskinstance": """
        SimpleTaskInstance TaskReturnCode set_current_context
    """,
    "airflow.models.taskmixin": """
        TaskMixin
    """,
    "airflow.models.xcom": """
        LazyXComAccess resolve_xcom_backend
    """,
    "airflow.models.xcom_arg": """
        MapXComArg PlainXComArg ZipXComArg
    """,
    "airflow.operators": """
        BaseBranchOperator BaseSQLOperator BashOperator BranchPythonOperator BranchSQLOperator BranchSqlOperator
        CheckOperator DockerOperator DruidCheckOperator DummyOperator EmailOperator EmptyOperator GCSToS3Operator
        GoogleApiToS3Operator GoogleApiToS3Transfer HiveOperator HiveStatsCollectionOperator HiveToDruidOperator
        HiveToDruidTransfer HiveToMySqlOperator HiveToMySqlTransfer HiveToSambaOperator IntervalCheckOperator
        JdbcOperator LatestOnlyOperator MsSqlOperator MsSqlToHiveOperator MsSqlToHiveTransfer MySqlOperator
        MySqlToHiveOperator MySqlToHiveTransfer OracleOperator PapermillOperator PigOperator PostgresOperator
        PrestoCheckOperator PrestoIntervalCheckOperator PrestoToMySqlOperator PrestoToMySqlTransfer
        PrestoValueCheckOperator PythonOperator PythonVirtualenvOperator RedshiftToS3Operator RedshiftToS3Transfer
        S3FileTransformOperator S3ToHiveOperator S3ToHiveTransfer S3ToRedshiftOperator S3ToRedshiftTransfer
        SQLCheckOperator SQLColumnCheckOperator SQLIntervalCheckOperator SQLTableCheckOperator
        SQLThresholdCheckOperator SQLValueCheckOperator ShortCircuitOperator SimpleHttpOperator SlackAPIOperator
        SlackAPIPostOperator SqliteOperator SubDagOperator ThresholdCheckOperator TriggerDagRunOperator
        ValueCheckOperator
    """,
    "airflow.operators.datetime": """
        target_times_as_dates
    """,
    "airflow.operators.python": """
        AirflowException AirflowSkipException BaseOperator Context SkipMixin Variable is_venv_installed task
    """,
    "airflow.operators.trigger_dagrun": """
        TriggerDagRunLink
    """,
    "airflow.sensors": """
        BaseSensorOperator DateTimeSensor ExternalTaskSensor HivePartitionSensor HttpSensor MetastorePartitionSensor
        NamedHivePartitionSensor S3KeySensor SqlSensor TimeDeltaSensor WebHdfsSensor
    """,
    "airflow.sensors.external_task": """
        ExternalTaskSensorLink
    """,
    "airflow.timetables.simple": """
        DatasetTriggeredTimetable
    """,
    "airflow.triggers.external_task": """
        TaskStateTrigger
    """,
    "airflow.utils.context": """
        AirflowContextDeprecationWarning InletEventsAccessors LazyDatasetEventSelectSequence OutletEventAccessor
        context_get_outlet_events context_update_for_unmapped lazy_mapping_from_context
    """,
    "airflow.utils.dates": """
        date_range days_ago infer_time_unit parse_execution_date round_time scale_time_units
    """,
    "airflow.utils.decorators": """
        apply_defaults
    """,
    "airflow.utils.file": """
        TemporaryDirectory mkdirs
    """,
    "airflow.utils.helpers": """
        alchemy_to_dict as_tuple build_airflow_url_with_query chain cross_downstream reduce_in_chunks
        render_log_filename validate_group_key validate_instance_args
    """,
    "airflow.utils.operator_helpers": """
        ExecutionCallableRunner context_to_airflow_vars
    """,
    "airflow.utils.task_group": """
        MappedTaskGroup TaskGroupContext task_group_to_dict
    """,
    "airflow.utils.timezone": """
        is_localized is_naive local_timezone make_aware parse_timezone td_format utc_epoch
    """,
    "airflow.providers.amazon.aws.hooks.base_aws": """
        AwsBaseAsyncHook
    """,
    "airflow.providers.amazon.aws.hooks.redshift_cluster": """
        RedshiftAsyncHook
    """,
    "airflow.providers.amazon.aws.triggers.batch": """
        BatchOperatorTrigger BatchSensorTrigger
    """,
    "airflow.providers.amazon.aws.triggers.rds": """
        RdsDbInstanceTrigger
    """,
    "airflow.providers.google.cloud.hooks.kubernetes_engine": """
        GKEPodAsyncHook GKEPodHook
    """,
    "airflow.providers.google.cloud.hooks.secret_manager": """
        SecretsManagerHook
    """,
    "airflow.providers.google.cloud.operators.bigquery": """
        BigQueryCreateEmptyTableOperator BigQueryCreateExternalTableOperator BigQueryExecuteQueryOperator
        BigQueryPatchDatasetOperator
    """,
    "airflow.providers.google.cloud.operators.dataflow": """
        DataflowCreateJavaJobOperator DataflowCreatePythonJobOperator DataflowStartSqlJobOperator
    """,
    "airflow.providers.google.cloud.operators.dataproc": """
        DataprocScaleClusterOperator DataprocSubmitHadoopJobOperator DataprocSubmitHiveJobOperator
        DataprocSubmitPigJobOperator DataprocSubmitPySparkJobOperator DataprocSubmitSparkJobOperator
        DataprocSubmitSparkSqlJobOperator
    """,
    "airflow.providers.google.cloud.operators.vertex_ai.auto_ml": """
        CreateAutoMLTextTrainingJobOperator CreateAutoMLVideoTrainingJobOperator
    """,
    "airflow.providers.google.cloud.sensors.bigquery": """
        BigQueryTableExistenceAsyncSensor BigQueryTableExistencePartitionAsyncSensor
    """,
    "airflow.providers.google.cloud.sensors.cloud_composer": """
        CloudComposerEnvironmentSensor
    """,
    "airflow.providers.google.cloud.sensors.gcs": """
        GCSObjectExistenceAsyncSensor
    """,
    "airflow.providers.google.cloud.triggers.dataproc": """
        DataprocWorkflowTrigger
    """,
    "airflow.providers.google.marketing_platform.operators.display_video": """
        GoogleDisplayVideo360CreateQueryOperator GoogleDisplayVideo360DeleteReportOperator
        GoogleDisplayVideo360DownloadLineItemsOperator GoogleDisplayVideo360DownloadReportV2Operator
        GoogleDisplayVideo360RunQueryOperator GoogleDisplayVideo360UploadLineItemsOperator
    """,
    "airflow.providers.google.marketing_platform.operators.search_ads": """
        GoogleSearchAdsDownloadReportOperator GoogleSearchAdsInsertReportOperator
    """,
    "airflow.providers.google.marketing_platform.sensors.display_video": """
        GoogleDisplayVideo360RunQuerySensor
    """,
    "airflow.providers.http.operators.http": """
        SimpleHttpOperator
    """,
    "airflow.providers.oracle.operators.oracle": """
        OracleOperator
    """,
    "airflow.providers.slack.transfers.sql_to_slack": """
        SqlToSlackOperator
    """,
    "airflow.providers.snowflake.operators.snowflake": """
        SnowflakeOperator
    """,
}
# Names that exist, although a module of the same name is gone, or ruff calls them removed.
STILL_THERE = frozenset({
    "airflow.decorators.task_group", "airflow.notifications.basenotifier.BaseNotifier",
    "airflow.operators.email.EmailOperator", "airflow.operators.python.get_current_context",
})  # fmt: skip


def is_removed_module(module: str) -> bool:
    """Whether it, or a package around it, is gone."""
    parts = module.split(".")
    return any(".".join(parts[: n + 1]) in _MODULES for n in range(1, len(parts)))


def is_removed(module: str, name: str) -> bool:
    """Whether `from module import name` fails; `name` can be a module as well."""
    if f"{module}.{name}" in STILL_THERE:
        return False
    return is_removed_module(module) or (module, name) in _NAMES or f"{module}.{name}" in _MODULES


_MODULES = frozenset(f"{package}.{name}" for package, names in REMOVED_MODULES.items() for name in names.split())
_NAMES = frozenset((module, name) for module, names in REMOVED_NAMES.items() for name in names.split())
