"""KPIs of leads."""

from .conversion import lead_conversion_rate, time_to_convert, time_to_convert_estimate
from .funnel import lead_funnel, lead_velocity_rate
from .response import lead_response_time, lead_response_time_estimate, response_sla_rate
from .volume import converted_leads, lead_volume, qualified_leads, visit_to_lead_rate, visits

__all__ = [
    "converted_leads",
    "lead_conversion_rate",
    "lead_funnel",
    "lead_response_time",
    "lead_response_time_estimate",
    "lead_velocity_rate",
    "lead_volume",
    "qualified_leads",
    "response_sla_rate",
    "time_to_convert",
    "time_to_convert_estimate",
    "visit_to_lead_rate",
    "visits",
]
