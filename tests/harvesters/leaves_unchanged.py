"""An extension of CKAN as a hub writes it: a dataset whose record has not changed is left alone.

ckanext-dcat asks its extensions before each update (IDCATRDFHarvester.before_update), and counts a
dataset as not modified when one of them empties it. Without an extension it writes all packages
at each harvest, whatever the source says.
"""

from __future__ import annotations

import json
from typing import Any

from ckan.model import Session
from ckan.plugins import SingletonPlugin, implements
from ckanext.dcat.interfaces import IDCATRDFHarvester
from ckanext.harvest.model import HarvestObject


class LeavesUnchanged(SingletonPlugin):
    """Compares what was harvested with what was harvested before."""

    implements(IDCATRDFHarvester, inherit=True)

    def before_update(
        self, harvest_object: Any, dataset_dict: dict[str, Any], temp_dict: dict[str, Any]
    ) -> None:
        """Empty the dataset when the record is what it was, so that it is not written."""
        before = (
            Session.query(HarvestObject)
            .filter(HarvestObject.guid == harvest_object.guid)
            .filter(HarvestObject.id != harvest_object.id)
            .filter(HarvestObject.content.isnot(None))
            .order_by(HarvestObject.gathered.desc())
            .first()
        )
        if before and record(before) == record(harvest_object):
            harvest_object.package_id = dataset_dict["id"]  # by which it is deleted one day
            dataset_dict.clear()


def record(harvest_object: Any) -> dict[str, Any]:
    """What was harvested, but for the name, which CKAN makes anew each time."""
    found: dict[str, Any] = json.loads(harvest_object.content)
    return {key: value for key, value in found.items() if key != "name"}
