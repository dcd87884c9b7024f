REPLACE INTO mlops.live_airflow2 VALUES (
    '{{ ds }}',
    '{{ yesterday_ds_nodash }}',
    '{{ tomorrow_ds }}',
    '{{ prev_ds }}',
    '{{ next_ds }}',
    '{{ execution_date.strftime("%Y-%m-%dT%H") }}',
    '{{ data_interval_end.strftime("%Y-%m-%dT%H:%M") }}',
    %(counted)s
)
