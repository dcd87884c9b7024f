"""Everything that knows Airflow. Operations use the protocols in `interface.py` and `metadb/interface.py`.

`release.py` lists what depends on Airflow's version.
"""
