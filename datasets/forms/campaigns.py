"""The forms that begin a campaign, go on with one, and make one a batch."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from datasets.models import Campaign, Segment
from datasets.models.campaigns import QUOTA_MOST
from datasets.services import campaign_batches, campaigns
from datasets.services.item_sets import ItemSet
from labelops.accounts.models import User
from tasks.forms.batches import NewBatchForm
from tasks.forms.domain import ServiceForm
from tasks.models import Batch, Project

QUOTA_USUAL, FURTHER = 100, 50
NAME_LENGTH = 120


class CampaignForm(ServiceForm, forms.ModelForm):
    class Meta:
        model = Campaign
        fields = ["name", "purpose", "quota"]
        widgets = {"purpose": forms.Textarea(attrs={"rows": 2})}

    def __init__(
        self,
        *args: Any,
        project: Project,
        seeds: ItemSet | None,
        segment: Segment | None,
        by: User,
        **kwargs: Any,
    ) -> None:
        name = str(seeds.title)[:NAME_LENGTH] if seeds is not None else ""
        kwargs.setdefault("initial", {"quota": QUOTA_USUAL, "name": name})
        super().__init__(*args, **kwargs)
        self.project, self.seeds, self.segment, self.by = project, seeds, segment, by

    def save_new(self) -> Campaign | None:
        return self.attempt(
            campaigns.start,
            self.project,
            seeds=self.seeds,
            segment=self.segment,
            by=self.by,
            **self.cleaned_data,
        )


class GoOnForm(ServiceForm, forms.Form):
    """As many as were wanted, or some more where those were found."""

    quota = forms.IntegerField(
        label=gettext_lazy("Items wanted in all"), min_value=1, max_value=QUOTA_MOST
    )

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        quota = campaign.quota
        if campaign.accepted_count >= quota:
            quota = min(QUOTA_MOST, campaign.accepted_count + FURTHER)
        super().__init__(*args, initial={"quota": quota}, **kwargs)
        self.campaign = campaign

    def save(self, *, by: User) -> Campaign | None:
        return self.attempt(campaigns.go_on, self.campaign, quota=self.cleaned_data["quota"], by=by)


class CampaignBatchForm(NewBatchForm):
    """A batch of what was accepted; the form of any new batch, filled in with what is known."""

    items = None

    def __init__(self, *args: Any, campaign: Campaign, by: User, **kwargs: Any) -> None:
        self.campaign = campaign
        kwargs.setdefault("initial", campaign_batches.proposal(campaign))
        super().__init__(*args, project=campaign.project, by=by, **kwargs)

    def save_new(self) -> Batch | None:
        return self.attempt(
            campaign_batches.to_batch, self.campaign, by=self.by, **self.cleaned_data
        )
