#!/usr/bin/env python3
"""Rebuild the tables of the bundled scenarios from the raw rows in data/.

    python3 scripts/build_scenarios.py            rewrite the tables, print the fit report
    python3 scripts/build_scenarios.py --check    rewrite nothing; exit 1 if a committed file differs
    python3 scripts/build_scenarios.py --quiet    no report

Needs Python 3.11 or later and nothing else; the same input gives the same bytes on every machine.

Writes  scenarios/england/*.csv        tables, and four reports that no scenario reads:
        scenarios/england/fit.csv, occupied.csv, implied_rates.csv, inflow.csv, series_breaks.csv
        scenarios/benchmark/w1/*       the reference workload W1

scenarios/england/scenario.toml is written by hand and read here: the stays and each service's choice model stand there
only. Its codes, programmes and delegation are compared with data/services.csv.

Formulas
--------
L[p]        mean occupied beds of trust p: mean of the months of the fit window (April 2024 to March 2025; November 2024 to
            March 2025 for trusts whose beds changed owner in November 2024).
K[p]        capacity: mean of the monthly available beds of the fit window, rounded.
s[p,i]      published share of trust p's inpatients that live in ICB i (all admissions). Merged trusts: the shares of the
            predecessors, weighted by their estimated catchment population.
stay[i,p]   mean time that a patient holds the bed: the unit's stay and, for some, the wait to be taken back, which is longer
            for patients from outside the footprint
rate[i,p]   = L[p] x s[p,i] / sum over j of s[p,j] stay[j,p] x 365.25   referrals per year, flows.csv, critical care
huff        share of ICB i that goes to p = A[p] / max(km[i,p], 5)^b  over the providers of the service; b and 5 are the
            service's own; critical care without published origins takes those of paediatric intensive care
A[p]        fitted by balancing (A *= L / expected) for paediatric intensive care and for the origins of trusts without
            published ones; sqrt(critical care beds), or 1, for the other services (assumed).
rate/100k   = activity 2024/25 x 365.25 / 365 / registered population x 100,000   one rate for all ICBs, demand.csv
elective    services with a long waiting list: N = that activity, e = share of electives, T = mean patience, W = the wait
            aimed at. Of the electives 1 - exp(-W / T) leave the list untreated, so referrals D = N / (1 - e (1 - exp(-W / T))).
            Places of trust p = N[p] x mean stay (slots a weekday = N[p] / weekdays of a year), rounded; one more if electives
            would then wait longer than half a year. The wait that this gives is w[p] = T ln(e D[p] / (treated - (1 - e) D[p])),
            and e D[p] T (1 - exp(-w[p] / T)) wait at the start, waiting_at_start.csv. Short lists: D = N, places = N[p] x mean
            stay / 0.9, rounded up, and nobody waits at the start.
"""
import collections
import csv
import io
import math
import os
import re
import string
import sys
import textwrap
import tomllib

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
DATA = os.path.join(ROOT, "data")
ENGLAND = os.path.join(ROOT, "scenarios", "england")
W1 = os.path.join(ROOT, "scenarios", "benchmark", "w1")
NEONATAL = os.path.join(ROOT, "scenarios", "neonatal-network")

YEAR = 365.25  # days of a year in a rate
COUNT_DAYS = 365.0  # days that the published counts of 2024/25 cover
EARTH_KM = 6371.0088  # mean radius, great-circle distances

FIT_MONTHS = [f"2024-{m:02}" for m in range(4, 13)] + [f"2025-{m:02}" for m in range(1, 4)]
LATE_MONTHS = FIT_MONTHS[7:]  # November 2024 to March 2025
LATE_TRUSTS = {"RJ1", "RAL"}  # their reported beds took in other units in November 2024
# Trust that merged -> trust that now reports for it.
MERGED = {"RAP": "RAL", "RBZ": "RH8", "RVY": "RBN", "RA4": "RH5"}
# Trusts without a Market Forces Factor of 2015/16 -> their predecessors, plain mean.
MFF_PREDECESSORS = {"R0A": ["RM2", "RW3"], "R0B": ["RE9", "RLN"], "R0D": ["RD3", "RDZ"]}
NORTH_CENTRAL_LONDON = ["RRV", "RAL", "RKE", "RP4", "RAN", "RP6"]
# Words that say nothing about which trust it is, when its name of 2015/16 is compared with today's.
NAME_NOISE = {"the", "and", "of", "for", "nhs", "national", "health", "service", "services", "foundation", "trust",
              "hospital", "hospitals", "university", "teaching", "royal"}
NEAR_KM = 30.0  # haemodialysis takes the first exponent, in steps of a half, that treats nine in ten within this distance
MIN_BEDS = 0.5  # units with fewer occupied beds on average are left out
LEAST_ORIGIN = 0.0005  # smallest modelled origin share kept, the rest is scaled up

UNITS = {  # service -> (column stem in provider_beds.csv, pool)
    "adult-critical-care": ("adult_critical_care", "adult-critical-care"),
    "neonatal-critical-care": ("neonatal_intensive_care", "neonatal-critical-care"),
    "paediatric-intensive-care": ("paediatric_intensive_care", "paediatric-intensive-care"),
}
INPATIENT = ["Elective Inpatients", "Non-Elective Inpatient - Long Stay", "Non-Elective Inpatient - Short Stay"]
ELECTIVE = INPATIENT[:1]
# service -> (group of specialised_activity_summary.csv, HRG code and description patterns, departments,
#             list in provider_services.csv, rule of attraction: square root of critical care `beds`, or `one`)
SURGERY = {
    "adult-cardiac-surgery": ("adult_cardiac_surgery", r"^ED(?!0[1-9])", "", INPATIENT, "adult_cardiac_surgery", "beds"),
    "thoracic-surgery": ("thoracic_surgery", r"^DZ", "Thoracic Procedures", INPATIENT, "thoracic_surgery", "beds"),
    "neurosurgery": ("intracranial_neurosurgery", r"^AA5", "Intracranial Procedures", INPATIENT,
                     "neurosurgery_cranial_adult", "beds"),
    "complex-spinal-surgery": ("spinal_surgery_complex", r"^HC",
                               "Extradural Spine|Intradural Spine|Scoliosis|Spinal|Spine", ELECTIVE,
                               "spinal_surgery_complex", "one"),
    "vascular-surgery": ("vascular_open_surgery", r"^YQ", "Procedures|Repair|Bypass|Amputation", INPATIENT,
                         "vascular_arterial", "beds"),
    "hepatobiliary-pancreatic-surgery": ("hepatobiliary_pancreatic_surgery", r"^GA0", "Procedures", INPATIENT,
                                         "hpb_cancer_surgery", "beds"),
    "kidney-transplant": ("kidney_transplant", r"^LA0[123]", "", INPATIENT, "kidney_transplant", "beds"),
    "liver-transplant": ("liver_transplant", r"^GA15", "", INPATIENT, "liver_transplant", "beds"),
    "bone-marrow-transplant": ("bone_marrow_or_stem_cell_transplant", r"^SA", "Transplant", INPATIENT,
                               "bone_marrow_transplant", "one"),
    "burns": ("burns", r"^JB", "Burn", INPATIENT, "burns_adult", "one"),
}
OTHER_PROVIDER_LISTS = {"specialised-ophthalmology": ("ophthalmology_specialised", "one"),
                        "haemodialysis": ("haemodialysis_main_unit", "beds")}
MOORFIELDS_ATTRACTION = 6.0  # RP6, specialised ophthalmology: assumed, the others 1
# Services with a waiting list. Long: electives wait LIST_WAIT where rounding does not interfere. The others (cancer, and
# transplants that cannot wait) have places to spare. Both are assumed.
LONG_LISTS = ["adult-cardiac-surgery", "neurosurgery", "complex-spinal-surgery", "vascular-surgery",
              "specialised-ophthalmology"]
SHORT_LISTS = ["thoracic-surgery", "hepatobiliary-pancreatic-surgery", "bone-marrow-transplant"]
SHORT_OCCUPANCY = 0.9  # of the places of short lists, before they are rounded up, assumed
LIST_WAIT = 70.0  # days, assumed
LIST_WORST = 182.0  # a trust whose rounded places make them wait longer has one place more, assumed
WEEKDAYS = YEAR * 5 / 7
EXCESS_DAY = 350.0  # GBP a bed-day beyond the trim point, assumed
EYE_DRUGS = 500.0  # £ for each procedure, assumed
SESSIONS_PER_WEEK = 3
# Shares of bed-days by level of care: activity is held back in the cost collection, so these are assumed.
ADULT_LEVELS = {"XC01Z": .01, "XC02Z": .02, "XC03Z": .06, "XC04Z": .14, "XC05Z": .27, "XC06Z": .42, "XC07Z": .08}
CHILD_LEVELS = {"XB01Z": .02, "XB02Z": .03, "XB03Z": .10, "XB04Z": .20, "XB05Z": .25, "XB06Z": .30, "XB07Z": .10}
# Parts of the ICBs that are split in 2026: column extent -> sub-ICB locations, which together are the ICB. Frimley is one
# location, so the shares of its parts are assumed.
PARTS = {"part (Suffolk)": ["06L", "07K"], "part (North East Essex)": ["06T"], "part (West Essex)": ["07H"],
         "part (Hertfordshire)": ["06K", "06N"]}
ASSUMED_PARTS = {"part (East Berkshire)": .6, "part (Surrey Heath and Farnham)": .2, "part (North East Hampshire)": .2}
# Trusts hosted by an ICB that is split -> the successor that they lie in, by the main address; assumed.
SUCCESSOR_HOST = {"RDE": "essex", "RDU": "surrey-and-sussex", "RGR": "norfolk-and-suffolk", "RQW": "essex",
                  "RWG": "central-east", "RWH": "central-east"}
COST = "NHS England, National Cost Collection 2024/25"


# ---- reading and writing -------------------------------------------------------------------------

def raw(name):
    """Rows of data/NAME, comment lines skipped."""
    with open(os.path.join(DATA, name), encoding="utf-8", newline="") as f:
        return list(csv.DictReader(line for line in f if not line.startswith("#")))


def number(text):
    return float(text) if text not in ("", None) else None


def fixed(x, digits):
    """A number with at most so many decimals, no trailing zeros."""
    text = f"{x:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class Output:
    """Collects files; writes them, or compares them with what is there."""

    def __init__(self):
        self.files = {}

    def table(self, folder, name, comments, columns, rows):
        text = io.StringIO()
        for comment in comments:
            for line in textwrap.wrap(comment, 116):
                text.write(f"# {line}\n")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
        self.text(folder, name, text.getvalue())

    def text(self, folder, name, text):
        self.files[os.path.join(folder, name)] = text

    def write(self):
        for path, text in self.files.items():
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8", newline="") as f:
                f.write(text)

    def differences(self):
        out = []
        for path, text in sorted(self.files.items()):
            try:
                with open(path, encoding="utf-8", newline="") as f:
                    same = f.read() == text
            except FileNotFoundError:
                same = False
            if not same:
                out.append(os.path.relpath(path, ROOT))
        return out


# ---- step 1: places and trusts -------------------------------------------------------------------

class Places:
    """ICBs with population and centroid, trusts with host and coordinates, great-circle kilometres between them."""

    def __init__(self):
        self.icb = {r["ods_code"]: r for r in raw("icbs.csv")}
        self.ids = sorted(self.icb)
        people = {r["icb_ods_code"]: r for r in raw("icb_population.csv")}
        geo = {r["icb_ods_code"]: r for r in raw("icb_geography.csv")}
        self.population = {i: int(people[i]["gp_registered_2024_25"]) for i in self.ids}
        self.need = {i: int(people[i]["need_weighted_overall_2024_25"]) for i in self.ids}
        self.at = {i: (float(geo[i]["pw_latitude"]), float(geo[i]["pw_longitude"])) for i in self.ids}
        self.total = sum(self.population.values())
        self.trust = {r["ods_code"]: r for r in raw("provider_locations.csv")}
        self.host = {r["provider_ods_code"]: r["host_icb_ods_code"] for r in raw("host_icb.csv")}
        self._km = {}

    def km(self, icb, trust):
        key = (icb, trust)
        if key not in self._km:
            t = self.trust[trust]
            self._km[key] = great_circle(*self.at[icb], float(t["latitude"]), float(t["longitude"]))
        return self._km[key]

    def region(self, icb):
        return self.icb[icb]["region_ods_code"]


def great_circle(lat1, lon1, lat2, lon2):
    """Kilometres by the haversine formula."""
    a, b, c, d = map(math.radians, (lat1, lon1, lat2, lon2))
    h = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(h))


# ---- step 2: beds --------------------------------------------------------------------------------

Unit = collections.namedtuple("Unit", "load capacity highest full_share window months")


class Beds:
    """Mean occupied and mean available beds of each unit in its fit window, and the breaks of the series."""

    def __init__(self):
        self.series = collections.defaultdict(dict)  # trust -> month -> row
        for r in raw("provider_beds.csv"):
            self.series[r["ods_code"]][r["month"]] = r
        self.months = sorted({m for s in self.series.values() for m in s})
        self.england = {}  # service -> mean of England's monthly occupied beds in the fit year
        self.units = {}  # service -> trust -> Unit
        self.dropped = []  # (service, trust, mean occupied)
        for service, (stem, _) in UNITS.items():
            self.units[service] = self._units(service, stem)
            self.england[service] = sum(
                number(self.series[p][m][f"{stem}_beds_occupied"]) or 0.0
                for p in self.series for m in FIT_MONTHS if m in self.series[p]) / len(FIT_MONTHS)

    def values(self, trust, stem, months):
        """(available, occupied) of the months that have both."""
        out = []
        for m in months:
            r = self.series[trust].get(m)
            if r and r[f"{stem}_beds_available"] and r[f"{stem}_beds_occupied"]:
                out.append((float(r[f"{stem}_beds_available"]), float(r[f"{stem}_beds_occupied"])))
        return out

    def _units(self, service, stem):
        units = {}
        for p in sorted(self.series):
            if p in MERGED:
                continue
            window = LATE_MONTHS if p in LATE_TRUSTS else FIT_MONTHS
            pairs = self.values(p, stem, window)
            if not pairs or max(a for a, _ in pairs) == 0:
                continue
            load = sum(o for _, o in pairs) / len(pairs)
            if load < MIN_BEDS:
                self.dropped.append((service, p, load))
                continue
            available = sum(a for a, _ in pairs) / len(pairs)
            highest = int(max(a for a, _ in pairs))
            units[p] = Unit(load, max(1, round(available)), highest, load / available,
                            "late" if p in LATE_TRUSTS else "year", len(pairs))
        return units

    def breaks(self, places):
        """Rows of series_breaks.csv: merged trusts, missing months, level shifts, units that opened or closed."""
        rows = []

        def add(p, unit, kind, month, before, after, treatment):
            rows.append([p, places.trust[p]["trust_name"], unit, kind, month, before, after, treatment])

        for p, q in sorted(MERGED.items()):
            have = sorted(self.series.get(p, {}))
            last = have[-1] if have else ""
            add(p, "all", "merger", last, "", "", f"last month with a report (blank: none); {q} stands for both"
                + ("; fit window November 2024 to March 2025" if q in LATE_TRUSTS else ""))
        for p in sorted(self.series):
            if p in MERGED:
                continue
            missing = [m for m in self.months if m not in self.series[p]]
            if missing:
                inside = set(missing) & set(FIT_MONTHS)
                add(p, "all", "missing-months", " ".join(missing), "", "",
                    "mean of the months reported" if inside else "outside the fit year")
            for stem, unit in UNITS.values():
                blank = [m for m in self.months if m in self.series[p] and not (
                    self.series[p][m][f"{stem}_beds_available"] and self.series[p][m][f"{stem}_beds_occupied"])]
                open_ever = any(number(r[f"{stem}_beds_available"]) for r in self.series[p].values())
                if blank and open_ever:
                    add(p, unit, "missing-months", " ".join(blank), "", "", "mean of the months reported")
                for month, before, after in self._shifts(p, stem):
                    if p in LATE_TRUSTS and month >= "2024-09":
                        use = "fit window November 2024 to March 2025"
                    elif month <= FIT_MONTHS[0]:
                        use = "before the fit year: no effect"
                    else:
                        use = "mean over the fit year kept: capacity and load mix both levels"
                    add(p, unit, "level-shift", month, fixed(before, 1), fixed(after, 1), use)
        return rows

    def _shifts(self, p, stem):
        """Level shifts of available beds: mean of the three months from m on against the three before, at least 5 beds and
        25 per cent of the smaller; of neighbouring months the largest."""
        s = [(m, number(self.series[p][m][f"{stem}_beds_available"])) for m in self.months if m in self.series[p]]
        s = [(m, a) for m, a in s if a is not None]
        found = []
        for k in range(3, len(s) - 2):
            before = sum(a for _, a in s[k - 3:k]) / 3
            after = sum(a for _, a in s[k:k + 3]) / 3
            if abs(after - before) >= 5 and abs(after - before) >= 0.25 * max(1.0, min(after, before)):
                found.append((k, s[k][0], before, after))
        best = []
        for k, m, b, a in found:
            if best and k - best[-1][0] <= 3:
                if abs(a - b) > abs(best[-1][3] - best[-1][2]):
                    best[-1] = (k, m, b, a)
            else:
                best.append((k, m, b, a))
        return [(m, b, a) for _, m, b, a in best]


# ---- step 3: origins -----------------------------------------------------------------------------

def published_origins():
    """Shares of a trust's inpatients by ICB, merged trusts weighted by estimated catchment population; and the set of
    trusts that stand for others."""
    weight = collections.defaultdict(lambda: collections.defaultdict(float))
    merged = set()
    for r in raw("provider_icb_catchment.csv"):
        p = r["ods_code"]
        q = MERGED.get(p, p)
        if p != q:
            merged.add(q)
        weight[q][r["icb_ods_code"]] += float(r["share_of_provider_from_icb"]) * float(r["provider_catchment_pop_est"])
    shares = {}
    for p, w in weight.items():
        total = sum(w.values())
        shares[p] = {i: x / total for i, x in sorted(w.items()) if x > 0}
    return shares, merged


def balanced_huff(places, load, exponent, at_least):
    """Attractions A and flows F[icb, trust] (in beds) of a Huff model whose trusts get `load`; every ICB has the same beds
    per registered person. Iterative balancing until the expected load of each trust agrees to 1e-10."""
    trusts = sorted(load)
    beds_per_head = sum(load.values()) / places.total
    friction = {(i, p): max(places.km(i, p), at_least) ** -exponent for i in places.ids for p in trusts}
    attraction = dict(load)
    for _ in range(20_000):
        flow, expected = {}, dict.fromkeys(trusts, 0.0)
        for i in places.ids:
            weights = [attraction[p] * friction[i, p] for p in trusts]
            scale = places.population[i] * beds_per_head / sum(weights)
            for p, w in zip(trusts, weights):
                flow[i, p] = w * scale
                expected[p] += w * scale
        if max(abs(expected[p] / load[p] - 1) for p in trusts) < 1e-10:
            break
        for p in trusts:
            attraction[p] *= load[p] / expected[p]
    top = max(attraction.values())
    return {p: a / top for p, a in attraction.items()}, flow


def modelled_origins(places, load, exponent, at_least, wanted):
    """Origins of the trusts `wanted` in a balanced Huff model of all trusts of the service; tiny shares are cut and the
    rest scaled up."""
    _, flow = balanced_huff(places, load, exponent, at_least)
    out = {}
    for p in wanted:
        total = sum(flow[i, p] for i in places.ids)
        kept = {i: flow[i, p] / total for i in places.ids if flow[i, p] / total >= LEAST_ORIGIN}
        scale = sum(kept.values())
        out[p] = {i: s / scale for i, s in kept.items()}
    return out


# ---- step 4: activity and prices -----------------------------------------------------------------

def days(text):
    """Days of a duration such as "4.5 d", "10 h" or "4.905 years"."""
    value, unit = text.split()
    per = {"s": 1 / 86400, "min": 1 / 1440, "h": 1 / 24, "d": 1, "day": 1, "days": 1, "week": 7, "weeks": 7,
           "month": YEAR / 12, "months": YEAR / 12, "year": YEAR, "years": YEAR}
    return float(value) * per[unit]


def mean_stay(service):
    """Mean (and sd, if lognormal) of the first stage of a service of scenario.toml, in days."""
    return mean_of(service["stages"][0]["stay"])


def mean_of(stay):
    (kind, arg), = stay.items()
    if kind == "triangular":
        return sum(days(arg[k]) for k in ("low", "mode", "high")) / 3, None
    return days(arg["mean"]), days(arg["sd"]) if "sd" in arg else None


def bed_time(service, footprint):
    """Mean days that a patient holds the bed, by ICB and host ICB: the first stage, and the stage after it, which some need
    and which lasts longer outside the footprint."""
    first, second = service["stages"]
    share, = first["next"].values()
    away = second["away"]
    assert second["pool"] == first["pool"] and away["from"] == "footprint"
    group = footprint[away["footprints"]]
    near, far = (mean_of(first["stay"])[0] + share * mean_of(s)[0] for s in (second["stay"], away["stay"]))
    return lambda icb, host: near if group[icb] == group[host] else far


class WaitingList:
    """The list of one service: share of electives, patience, and the referrals for each published spell."""

    def __init__(self, name, service, summary):
        stage = service["stages"][0]
        self.elective = service["classes"]["elective"]
        if name in SURGERY and SURGERY[name][3] != ELECTIVE:  # the others' shares are assumed
            counts = {d: int(summary[SURGERY[name][0], d]["national_activity_2024_25"])
                      for d in INPATIENT if (SURGERY[name][0], d) in summary}
            published = counts[INPATIENT[0]] / sum(counts.values())
            assert abs(self.elective - published) < 0.006, (name, published)
        assert abs(sum(service["classes"].values()) - 1) < 1e-12
        self.patience = days(stage["patience"]["exponential"]["mean"])
        self.long = name in LONG_LISTS
        self.left = self.elective * (1 - math.exp(-LIST_WAIT / self.patience)) if self.long else 0.0
        self.referrals = 1 / (1 - self.left)
        self.sessions = name == "specialised-ophthalmology"
        self.stay = mean_stay(service)[0]

    def places(self, per_year):
        """Places and elective wait in days of a trust with so many referrals a year."""
        unit = WEEKDAYS if self.sessions else YEAR / self.stay  # patients a year and place
        if not self.long:
            return math.ceil(per_year / unit / SHORT_OCCUPANCY), 0.0
        places = max(1, round(per_year / self.referrals / unit))
        if self.wait(per_year, places * unit) > LIST_WORST:
            places += 1
        return places, self.wait(per_year, places * unit)

    def wait(self, per_year, treated):
        left_for_electives = treated - (1 - self.elective) * per_year
        if left_for_electives <= 0:
            return math.inf
        return max(0.0, self.patience * math.log(self.elective * per_year / left_for_electives))

    def waiting(self, per_year, wait):
        """Patients on the list at the start, in two halves of the wait: (waited, patients)."""
        scale = self.elective * per_year / YEAR * self.patience
        edges = [math.exp(-x / self.patience) for x in (0, wait / 2, wait)]
        return [(wait / 4, scale * (edges[0] - edges[1])), (3 * wait / 4, scale * (edges[1] - edges[2]))]


def normal_cdf(x):
    return 0.5 * math.erfc(-x / math.sqrt(2))


def excess_days(mean, sd, trim):
    """E[(X - trim)+] of a lognormal X with that mean and standard deviation."""
    s2 = math.log(1 + (sd / mean) ** 2)
    s, mu = math.sqrt(s2), math.log(mean) - s2 / 2
    d = (mu - math.log(trim)) / s
    return mean * normal_cdf(d + s) - trim * normal_cdf(d)


def hrg_rows(pattern, words, departments):
    return [r for r in raw("unit_costs.csv") if r["department_code"] in departments and r["activity"]
            and re.search(pattern, r["currency_code"]) and re.search(words, r["currency_desc"])]


def weighted_cost(rows):
    """Total activity and activity-weighted mean unit cost of HRG rows."""
    n = sum(float(r["activity"]) for r in rows)
    return n, sum(float(r["activity"]) * float(r["unit_cost"]) for r in rows) / n


def trim_point(rows):
    """Elective trim point of a group in whole days, weighted by elective activity. Emergency trim points (230 to 430 days)
    would never bind."""
    trims = {r["hrg_code"]: number(r["trimpoint_elective_days"]) for r in raw("hrg_trimpoints.csv")}
    elective = [r for r in rows if r["department_code"] in ELECTIVE]
    pairs = [(float(r["activity"]), trims.get(r["currency_code"])) for r in elective]
    pairs = [(n, t) for n, t in pairs if t]
    return round(sum(n * t for n, t in pairs) / sum(n for n, _ in pairs)) if pairs else None


class Money:
    """Published national activity and prices of each service."""

    def __init__(self, scenario):
        summary = {(r["service_group"], r["department"]): r for r in raw("specialised_activity_summary.csv")}
        self.activity = {}  # service -> (starts a year of 365.25 days, text)
        self.prices = []
        self.excess = {}
        units = {r["currency_code"]: r for r in raw("unit_costs.csv")}
        note = "bed-days by level of care are held back in the collection: weights assumed"
        for service, levels, words in (("adult-critical-care", ADULT_LEVELS, "XC01Z to XC07Z"),
                                       ("paediatric-intensive-care", CHILD_LEVELS, "XB01Z to XB07Z")):
            price = sum(w * float(units[c]["unit_cost"]) for c, w in levels.items())
            for stage in scenario["services"][service]["stages"]:
                self._price(service, stage["id"], "bed-day", price, "assumed", f"{COST}, {words}", note)
        _, price = weighted_cost([units[c] for c in ("XA01Z", "XA02Z", "XA03Z")])
        for stage in scenario["services"]["neonatal-critical-care"]["stages"]:
            self._price("neonatal-critical-care", stage["id"], "bed-day", price, "derived", f"{COST}, XA01Z to XA03Z",
                        "activity-weighted mean of intensive, high dependency and special care days")
        for service, (group, pattern, words, departments, _, _) in SURGERY.items():
            rows = hrg_rows(pattern, words, departments)
            n, cost = weighted_cost(rows)
            counts = [summary[group, d]["national_activity_2024_25"] for d in departments if (group, d) in summary]
            published = sum(map(int, counts))
            assert abs(n - published) < 0.5, (service, n, published)
            kind = "elective" if departments == ELECTIVE else "elective and non-elective"
            self.activity[service] = (n * YEAR / COUNT_DAYS, f"{published} {kind} inpatient spells 2024/25")
            mean, sd = mean_stay(scenario["services"][service])
            trim = trim_point(rows)
            extra = excess_days(mean, sd, trim) if trim else 0.0
            if trim and EXCESS_DAY * extra >= 1.0:
                self.excess[service] = (trim, extra)
                self._price(service, "ward", "finish", cost - EXCESS_DAY * extra, "derived", COST,
                            f"activity-weighted mean {cost:.2f} less {extra:.4f} expected days over the trim point "
                            f"at {EXCESS_DAY:.0f}")
                self._price(service, "ward", "excess-bed-day", EXCESS_DAY, "assumed",
                            "trim point: NHS Payment Scheme, elective, activity-weighted",
                            "price of an excess day is assumed", trim=trim)
            else:
                self._price(service, "ward", "finish", cost, "derived", COST,
                            "activity-weighted mean over the HRGs of the group")
        eyes = [r for r in raw("unit_costs.csv") if r["currency_code"].startswith("BZ") and r["activity"]]
        n, cost = weighted_cost(eyes)
        self.activity["specialised-ophthalmology"] = (
            n * YEAR / COUNT_DAYS, f"{n:.0f} complex and very complex eye procedures 2024/25")
        self._price("specialised-ophthalmology", "day-unit", "finish", cost, "derived", COST,
                    "activity-weighted mean, day cases and elective inpatients")
        self._price("specialised-ophthalmology", "day-unit", "drugs", EYE_DRUGS, "assumed", "",
                    "round figure for high-cost drugs that prices exclude (injections into the eye); not from any source")
        sessions, value = 0.0, 0.0
        for group in ("haemodialysis_hospital_session", "haemodialysis_satellite_session"):
            r = summary[group, "Renal Dialysis"]
            sessions += float(r["national_activity_2024_25"])
            value += float(r["national_activity_2024_25"]) * float(r["mean_unit_cost_gbp"])
        self._price("haemodialysis", "place", "session", value / sessions, "derived", COST,
                    "activity-weighted mean of hospital and satellite sessions", sessions=SESSIONS_PER_WEEK)
        mean, _ = mean_stay(scenario["services"]["haemodialysis"])
        self.dialysed = sessions / (SESSIONS_PER_WEEK * COUNT_DAYS / 7)
        self.activity["haemodialysis"] = (self.dialysed / mean * YEAR, f"{sessions:.0f} sessions 2024/25 / 3 a week = "
                                          f"{self.dialysed:.0f} patients, / mean stay {mean / YEAR:.3f} years")

        self.lists = {s: WaitingList(s, scenario["services"][s], summary) for s in LONG_LISTS + SHORT_LISTS}
        for s, waiting in self.lists.items():
            per_year, text = self.activity[s]
            if waiting.long:
                self.activity[s] = (per_year * waiting.referrals,
                                    f"{text}; with {waiting.left:.1%} who leave the list untreated")

    def _price(self, service, stage, per, price, provenance, source, note, sessions="", trim=None):
        local_costs = "" if per == "drugs" else "included"
        self.prices.append([service, stage, per, f"£{price:.2f}", sessions, f"{trim} d" if trim else "", local_costs,
                            provenance, source, note])


# ---- step 5: England -----------------------------------------------------------------------------

def check_claims(services):
    """Codes, programmes and delegation of scenario.toml are those of data/services.csv, and what is not verified there is
    marked as assumed. Services without a code have no row."""
    rows = {r["code"]: r for r in raw("services.csv")}
    for s, v in services.items():
        if "code" in v:
            r = rows[v["code"]]
            assert v["programme"] == r["npoc"], (s, v["programme"], r["npoc"])
            assert v["delegation"] in ("suitable-now", "suitable-later"), s
            assert "delegated" in r["delegation_status"], (s, r["delegation_status"])
            if v["delegation"] == "suitable-later":
                assert "added in 2025" in v["note"], s
            if r["verification"].startswith("UNVERIFIED"):
                assert v["provenance"] == "assumed" and "delegation is assumed" in v["note"], (s, r["verification"])


def successors():
    """Rows of successors.csv: who takes over which share of an ICB's residents, by sub-ICB population."""
    population, icb_of, ods = collections.Counter(), {}, {}
    for r in raw("sub_icb_lookup.csv"):
        population[r["sub_icb_ods_code"]] += int(r["population_mid2020"])
        icb_of[r["sub_icb_ods_code"]] = r["icb_ods_code"]
        ods[r["icb_ons_code"]] = r["icb_ods_code"]
    out = []
    for r in raw("icb_successors_2026.csv"):
        icb, name, extent = ods[r["predecessor_ons_code"]], r["successor_name"], r["extent"]
        slug = re.sub("[^a-z]+", "-", name.lower())
        note, weight = f"{r['verification']}; id assumed", "1"
        if extent in PARTS:
            assert {icb_of[p] for p in PARTS[extent]} == {icb}, extent
            part = sum(population[p] for p in PARTS[extent])
            weight = fixed(part / sum(n for p, n in population.items() if icb_of[p] == icb), 6)
            note += f"; {extent}: sub-ICBs {' '.join(PARTS[extent])}, residents of mid-2020"
        elif extent in ASSUMED_PARTS:
            weight = fixed(ASSUMED_PARTS[extent], 6)
            note += f"; {extent}: one sub-ICB, so the share is assumed"
        else:
            assert extent == "whole", extent
        out.append([icb, slug, name, weight, r["effective"], "assumed", r["source"], note])
    return sorted(out)


def huff(service):
    """Exponent and least kilometres of a service's choice model."""
    model = service["choice"]["huff"]
    assert model["on"] == "km", model
    return float(model["exponent"]), float(model.get("at_least", 0))


def same_trust(a, b):
    """Whether two names are of one trust: the same words but for NAME_NOISE. Names alone do not show a merger that changed
    no name."""
    a, b = (set(re.findall(r"[a-z']+", name.lower())) - NAME_NOISE for name in (a, b))
    return a == b


def build_england(out):
    with open(os.path.join(ENGLAND, "scenario.toml"), "rb") as f:
        scenario = tomllib.load(f)
    places, beds, money = Places(), Beds(), Money(scenario)
    origins, merged = published_origins()
    services = scenario["services"]
    check_claims(services)
    exponent, at_least = huff(services["paediatric-intensive-care"])
    footprint = collections.defaultdict(dict)  # scheme -> icb -> footprint
    for r in raw("footprints.csv"):
        footprint[r["scheme"]][r["icb_ods_code"]] = r["footprint_id"]
    flow_rows, rate = [], collections.defaultdict(float)  # rate[service, icb], referrals a year
    starts = collections.defaultdict(float)  # starts[service, trust, icb], referrals a year
    stay = {s: mean_stay(v)[0] for s, v in services.items()}
    no_origins = {}
    expected = collections.defaultdict(float)  # (service, trust) -> beds
    for service in ("adult-critical-care", "neonatal-critical-care"):
        units = beds.units[service]
        load = {p: u.load for p, u in units.items()}
        no_origins[service] = sorted(p for p in load if p not in origins)
        modelled = modelled_origins(places, load, exponent, at_least, no_origins[service])
        held = bed_time(services[service], footprint)
        for p in sorted(load):
            published = p in origins
            shares = origins[p] if published else modelled[p]
            provenance = "derived" if service == "adult-critical-care" or not published else "assumed"
            note = "merged trust: shares of both" if p in merged else "" if published else "choice model"
            mean_held = sum(shares[i] * held(i, places.host[p]) for i in sorted(shares))
            for i in sorted(shares):
                per_year = round(load[p] * shares[i] / mean_held * YEAR, 4)
                if per_year <= 0:
                    continue
                flow_rows.append([service, i, p, fixed(per_year, 4), provenance, note])
                rate[service, i] += per_year
                starts[service, p, i] += per_year
                expected[service, p] += per_year * held(i, places.host[p]) / YEAR
    # paediatric intensive care: same rate everywhere, attractions balanced
    service = "paediatric-intensive-care"
    load = {p: u.load for p, u in beds.units[service].items()}
    attraction, flow = balanced_huff(places, load, exponent, at_least)
    for p in load:
        expected[service, p] = sum(flow[i, p] for i in places.ids)
    total = sum(load.values())
    money.activity[service] = (total / stay[service] * YEAR, f"{total:.1f} occupied beds / mean stay")
    provides = []
    for s in ("adult-critical-care", "neonatal-critical-care"):
        for p in sorted(beds.units[s]):
            provides.append([s, p, "1", "derived", "reports occupied beds", ""])
    for p in sorted(load):
        provides.append([service, p, fixed(attraction[p], 8), "derived", "reports occupied beds",
                         "attraction fitted to published occupied beds"])
    # the other services
    size = {}
    for p in {q for u in beds.units.values() for q in u}:
        adult, child = beds.units["adult-critical-care"].get(p), beds.units["paediatric-intensive-care"].get(p)
        size[p] = adult.highest if adult else child.highest if child else 4
    lists = {s: (v[4], v[5]) for s, v in SURGERY.items()} | OTHER_PROVIDER_LISTS
    listed = raw("provider_services.csv")
    provider_list = {s: sorted({MERGED.get(r["provider_ods_code"], r["provider_ods_code"])
                                for r in listed if r["service_id"] == name}) for s, (name, _) in lists.items()}
    for s, (name, rule) in lists.items():
        known = {r["provider_ods_code"]: r for r in listed if r["service_id"] == name}
        for p in provider_list[s]:
            if rule == "beds":
                a, note = math.sqrt(size.get(p, 4)), "attraction: square root of critical care beds, assumed"
            elif p == "RP6":
                a, note = MOORFIELDS_ATTRACTION, "attraction assumed: by far the largest eye hospital"
            else:
                a, note = 1.0, "attraction 1 for all, assumed"
            r = known.get(p, {"provenance": "assumed"})
            provides.append([s, p, fixed(a, 4), "assumed", "list: " + r["provenance"], note])
    demand = []
    for s in services:
        if s in money.activity:
            per_year, text = money.activity[s]
            per_100k = per_year / places.total * 1e5
            demand.append([s, "*", f"{per_100k:.10g} per 100k per year",
                           "assumed" if s == "haemodialysis" else "derived", text,
                           "the same rate everywhere: registered population 2024/25 sets the shares of the ICBs"])
            weight = {r[1]: float(r[2]) for r in provides if r[0] == s}
            exponent, at_least = huff(services[s])
            for i in places.ids:
                here = per_year * places.population[i] / places.total
                rate[s, i] += here
                pull = {p: a * max(places.km(i, p), at_least) ** -exponent for p, a in weight.items()}
                for p in pull:
                    starts[s, p, i] += here * pull[p] / sum(pull.values())
    pools = []
    for s, (_, pool) in UNITS.items():
        for p, u in sorted(beds.units[s].items()):
            pools.append([p, pool, u.capacity, "", "derived", "mean monthly available beds"])
    waiting = []
    list_waits = collections.defaultdict(dict)  # service -> trust -> elective wait, days
    for s, v in services.items():
        pool = v["stages"][0]["pool"]
        if s in money.lists:
            for p in provider_list[s]:
                by_icb = {i: starts[s, p, i] for i in places.ids if starts[s, p, i] > 0}
                per_year = sum(by_icb.values())
                number_of, wait = money.lists[s].places(per_year)
                list_waits[s][p] = wait
                pools.append([p, pool, number_of, v.get("calendar", "weekday-lists") if money.lists[s].sessions else "",
                              "assumed", f"from its share of the published activity; electives then wait about {wait / 7:.0f} weeks"
                              if money.lists[s].long else f"its share of the published activity at {SHORT_OCCUPANCY:.0%} occupied"])
                if wait > 0:
                    waiting += at_start(s, p, money.lists[s].waiting(per_year, wait), by_icb)
        elif s not in UNITS:
            pools.append(["*", pool, "unlimited", "", "assumed", "no open data on places by trust"])
    mff_raw = {r["ods_code"]: float(r["mff_index"]) for r in raw("mff_2015_16.csv")}
    mff_name = {r["ods_code"]: r["trust_name"] for r in raw("mff_2015_16.csv")}
    catchment = set(origins)
    trusts = sorted((set(beds.series) | catchment | {p for ps in provider_list.values() for p in ps}) - set(MERGED))
    providers = []
    for p in trusts:
        t = places.trust[p]
        also = [q for q, r in MERGED.items() if r == p]
        if p in mff_raw:
            mff, prov, note = mff_raw[p], "derived", ""  # never published: the host ICB of every trust is derived
            if also or not same_trust(mff_name[p], t["trust_name"]):
                note = f"MFF: {p} of 2015/16, {tidy(string.capwords(mff_name[p]))}"
        else:
            old = MFF_PREDECESSORS[p]
            mff, prov = sum(mff_raw[q] for q in old) / len(old), "assumed"
            note = "MFF: mean of predecessors " + " ".join(old)
        if also:
            note = (note + "; " if note else "") + "with " + " ".join(also)
        providers.append([p, tidy(t["trust_name"]), places.host[p], SUCCESSOR_HOST.get(p, ""), fixed(float(t["latitude"]), 5),
                          fixed(float(t["longitude"]), 5), fixed(mff, 6), prov, note])
    regions = {places.region(i): places.icb[i]["region"] for i in places.ids}
    ogl = "Contains public sector information licensed under the Open Government Licence v3.0."
    survey = "Contains OS data (c) Crown copyright and database right 2022/2024."
    made = "Written by scripts/build_scenarios.py from data/; do not edit."
    out.table(ENGLAND, "regions.csv", [made, f"NHS regions. Source: NHS Organisation Data Service, ONS. {ogl}"],
              ["id", "name", "provenance"], [[r, regions[r], "published"] for r in sorted(regions)])
    out.table(ENGLAND, "icbs.csv",
              [made, f"Integrated Care Boards, April 2023 codes. Source: NHS Organisation Data Service, ONS. {ogl}"],
              ["id", "name", "region", "provenance"],
              [[i, places.icb[i]["name"], places.region(i), "published"] for i in places.ids])
    out.table(ENGLAND, "footprints.csv",
              [made, "Groups of ICBs that plan together. That nine committees covered England in 2023/24 is published; "
               "who sat in which is reconstructed. That seven offices for pan-ICB commissioning, one a region, will support "
               f"ICBs is published (NHS England letter PRN02352); that they plan for the ICBs of the region is assumed. {ogl}"],
              ["scheme", "id", "name", "icb", "provenance", "note"],
              [[r["scheme"], footprint_id(r), r["footprint_name"], r["icb_ods_code"], r["provenance"], r["note"]]
               for r in raw("footprints.csv")]
              + [["opics-2026", "opic-" + re.sub("[^a-z]+", "-", regions[places.region(i)].lower()),
                  f"Office of {regions[places.region(i)]}", i, "assumed",
                   "offices for pan-ICB commissioning (OPICs): seven, one a region (published)"]
                 for i in places.ids])
    out.table(ENGLAND, "adjacency.csv",
              [made, "Pairs of ICBs that border on each other, derived from simplified ONS outlines of ICB boundaries: a short "
               f"border may be missing, or an artefact. {ogl}"],
              ["icb", "neighbour", "border_km", "provenance"],
              [[r["icb_ods_code_a"], r["icb_ods_code_b"], r["shared_border_km_approx"], "derived"]
               for r in raw("icb_adjacency.csv")])
    out.table(ENGLAND, "successors.csv",
              [made, "ICBs of 1 April 2026. Names: written ministerial statement, 9 September 2025. What each is made of is not "
               "verified, ids are ours (the ODS codes are not known): assumed. Weights: ONS population of sub-ICBs, mid-2020; "
               f"Frimley assumed. Contains Parliamentary information licensed under the Open Parliament Licence v3.0. {ogl}"],
              ["icb", "successor", "name", "weight", "from", "provenance", "source", "note"], successors())
    out.table(ENGLAND, "home_areas.csv",
              [made, "Home areas = ICBs. Population: registered with general practices 2024/25, and overall need-weighted, "
               "NHS England allocation tool (published).", "Place: population-weighted centroid, derived from ONS data, "
               f"which gives the row its provenance. {ogl} {survey}"],
              ["id", "name", "icb", "population", "need_weighted_population", "latitude", "longitude", "provenance"],
              [[i, places.icb[i]["name"], i, places.population[i], places.need[i], fixed(places.at[i][0], 5),
                fixed(places.at[i][1], 5), "derived"] for i in places.ids])
    out.table(ENGLAND, "providers.csv",
              [made, "NHS trusts with critical care beds, a published catchment or a listed service. Place: registered "
               "address (NHS ODS), not always the treatment site.", "Host ICB: derived (data/host_icb.csv), which gives the "
               "row its provenance. Market Forces Factor: Department of Health, NHS reference costs 2015 to 2016, old; "
               "relative shape only. successor_host: where the ICB is split in 2026, the part by the main address, assumed. "
               "Where the trust of 2015/16 was another one or part of today's, the note names it. "
               f"{ogl} {survey}"],
              ["id", "name", "host_icb", "successor_host", "latitude", "longitude", "market_forces_factor", "provenance", "note"],
              providers)
    out.table(ENGLAND, "pools.csv",
              [made, "Capacity of critical care units: mean of the monthly available beds, April 2024 to March 2025 (RJ1, RAL: "
               f"from November 2024). Source: NHS England daily situation reports. {ogl}",
               "Services with a waiting list: places assumed, so that the published activity is treated and electives wait. "
               "Other services: unlimited places, so that occupied places are reported."],
              ["provider", "pool", "capacity", "calendar", "provenance", "note"], pools)
    out.table(ENGLAND, "waiting_at_start.csv",
              [made, "Electives who wait at the start, assumed: as many as wait where places, referrals and patience balance "
               "(docs/data.md), spread over home areas like referrals."],
              ["service", "home_area", "provider", "patients", "class", "waited", "provenance"], waiting)
    out.table(ENGLAND, "provides.csv",
              [made, "Who treats what. Critical care: NHS England daily situation reports. Most lists of surgical centres "
               f"are recollection, not a register (column source). {ogl}"],
              ["service", "provider", "attraction", "provenance", "source", "note"], provides)
    out.table(ENGLAND, "demand.csv",
              [made, "Rates scaled so that 365 days give the published national count of 2024/25. Source: "
               f"{COST}; paediatric intensive care: occupied beds, NHS England daily situation reports 2024/25, / assumed "
               f"mean stay. {ogl}"],
              ["service", "home_area", "rate", "provenance", "source", "note"], demand)
    out.table(ENGLAND, "flows.csv",
              [made, "Referrals a year = mean occupied beds of the trust (NHS England daily situation reports) x share of "
               "its inpatients from the ICB (OHID catchments, October 2022) / assumed mean stay.",
               "The shares are of ALL ADMISSIONS: a lower bound on specialised inflow. Neonatal: that they hold for "
               "newborns is assumed.",
               f"Trusts without published origins: a balanced Huff model (note `choice model`). {ogl}"],
              ["service", "home_area", "provider", "per_year", "provenance", "note"], flow_rows)
    out.table(ENGLAND, "prices.csv",
              [made, f"Source: {COST}. Its means contain local cost levels (local_costs = included). Trim points: NHS England, "
               f"NHS Payment Scheme, about 2023/24. {ogl}"],
              ["service", "stage", "per", "price", "sessions_per_week", "trim_point", "local_costs", "provenance",
               "source", "note"], money.prices)
    # reports
    out.table(ENGLAND, "series_breaks.csv",
              [made, "Report, read by no scenario: breaks in the monthly series of available beds, September 2022 to March "
               "2025, and what was done.", f"Source: NHS England daily situation reports. {ogl}"],
              ["provider", "name", "unit", "kind", "month", "available_before", "available_after", "treatment"],
              beds.breaks(places))
    fit = []
    for s in UNITS:
        for p, u in sorted(beds.units[s].items()):
            fit.append([s, p, places.trust[p]["trust_name"], fixed(u.load, 3), fixed(expected[s, p], 3), u.capacity,
                        fixed(u.full_share, 4), "yes" if u.full_share > 0.95 else "", fixed(u.load / u.capacity, 4),
                        "2024-11 to 2025-03" if u.window == "late" else "2024-04 to 2025-03", u.months])
    out.table(ENGLAND, "fit.csv",
              [made, "Report, read by no scenario: published and expected occupied beds by trust. A fit, not evidence: the "
               "rates were set from these beds.", f"Source: NHS England daily situation reports. {ogl}"],
              ["service", "provider", "name", "published_occupied", "expected_occupied", "capacity", "occupied_over_available",
               "over_95_percent_full", "expected_utilisation", "window", "months"], fit)
    out.table(ENGLAND, "occupied.csv",
              [made, "For `tierflow calibrate --beds`, read by no scenario: mean occupied beds by trust, as in fit.csv, of the "
               "services with observed origins.",
               f"Source: NHS England daily situation reports. {ogl}"],
              ["service", "provider", "occupied"], [[s, p, load] for s, p, _, load, *_ in fit if s != "paediatric-intensive-care"])
    implied, warned = [], []
    for s in services:
        mean = sum(rate[s, i] for i in places.ids) / places.total * 1e5
        for i in places.ids:
            r = rate[s, i] / places.population[i] * 1e5
            flag = "outside 0.5 to 2 times the mean" if not 0.5 <= r / mean <= 2 else ""
            implied.append([s, i, places.icb[i]["name"], fixed(rate[s, i], 2), fixed(r, 3), fixed(r / mean, 3), flag])
            if flag:
                warned.append((s, i, r, r / mean))
    out.table(ENGLAND, "implied_rates.csv",
              [made, "Report, read by no scenario: referrals a year and per 100,000 registered persons that the inputs "
               "imply, by ICB of residence.", "Source: NHS England (daily situation reports, National Cost Collection and "
               f"registered population 2024/25), OHID (catchments, October 2022). {ogl}"],
              ["service", "icb", "name", "per_year", "per_100k", "ratio_to_mean", "warning"], implied)
    inflow = inflow_rows(places, starts, origins, merged, services, trusts)
    out.table(ENGLAND, "inflow.csv",
              [made, "Report, read by no scenario: expected starts a year by trust and service, and the share that comes "
               "from outside the host ICB and its region.",
               "published_*: the same of all admissions (OHID 2022; merged trusts: both, weighted), blank where not "
               "published. Adult and neonatal critical care repeat the published shares; the rest is modelled.",
               "Source: OHID (catchments, October 2022), NHS England (daily situation reports, National Cost Collection, "
               f"registered population 2024/25), NHS ODS and ONS (places, host ICBs). {ogl} {survey}"],
              ["provider", "name", "service", "per_year", "from_outside_icb", "from_outside_region", "published_outside_icb",
               "published_outside_region"], inflow)
    dialysis = {r[1]: float(r[2]) for r in provides if r[0] == "haemodialysis"}
    tried = [(b / 2, *reach(places, dialysis, b / 2, huff(services["haemodialysis"])[1])) for b in range(5, 13)]
    return report(places, beds, money, scenario, expected, no_origins, warned, provider_list, trusts, rate, inflow, starts,
                  tried, list_waits)


def at_start(service, trust, parts, by_icb):
    """Rows of waiting_at_start.csv: whole patients by home area, largest remainders first."""
    rows = []
    per_year = sum(by_icb.values())
    for waited, patients in parts:
        exact = {i: patients * x / per_year for i, x in by_icb.items()}
        whole = {i: math.floor(x) for i, x in exact.items()}
        missing = round(patients) - sum(whole.values())
        for i in sorted(exact, key=lambda i: (round(whole[i] - exact[i], 9), i))[:missing]:
            whole[i] += 1
        rows += [[service, i, trust, n, "elective", f"{waited:.0f} d", "assumed"] for i, n in sorted(whole.items()) if n]
    return rows


def reach(places, attraction, exponent, at_least):
    """Shares of England's patients of a Huff model: treated within NEAR_KM (centroid to registered address), and treated
    across an ICB boundary."""
    near = across = 0.0
    for i in places.ids:
        pull = {p: a * max(places.km(i, p), at_least) ** -exponent for p, a in attraction.items()}
        for p, x in pull.items():
            here = x / sum(pull.values()) * places.population[i] / places.total
            near += here * (places.km(i, p) <= NEAR_KM)
            across += here * (places.host[p] != i)
    return near, across


def inflow_rows(places, starts, origins, merged, services, trusts):
    """Rows of inflow.csv: by trust and service, then all services of the trust together."""

    def outside(by_icb, host):
        total = sum(by_icb.values())
        icb = sum(x for i, x in by_icb.items() if i != host) / total
        region = sum(x for i, x in by_icb.items() if places.region(i) != places.region(host)) / total
        return total, icb, region

    table = collections.defaultdict(lambda: collections.defaultdict(dict))
    for (s, p, i), x in starts.items():
        table[p][s][i] = x
    rows = []
    for p in trusts:
        host = places.host[p]
        published = outside(origins[p], host)[1:] if p in origins else None
        known = [fixed(x, 3) for x in published] if published else ["", ""]
        name = tidy(places.trust[p]["trust_name"])
        everything = collections.defaultdict(float)
        for s in services:
            if s in table[p]:
                total, icb, region = outside(table[p][s], host)
                rows.append([p, name, s, fixed(total, 1), fixed(icb, 3), fixed(region, 3), *known])
                for i, x in table[p][s].items():
                    everything[i] += x
        if everything:
            total, icb, region = outside(everything, host)
            rows.append([p, name, "all", fixed(total, 1), fixed(icb, 3), fixed(region, 3), *known])
    return rows


def footprint_id(row):
    """Ids are unique over all schemes: the second scheme repeats most of the joint committees, under its own prefix."""
    return ("lns-" + row["footprint_id"].removeprefix("jc23-").removeprefix("lns-")
            if row["scheme"] == "london-north-south" else row["footprint_id"])


def tidy(name):
    """Trust names as published, with the small words and NHS put right."""
    words = name.replace("Nhs", "NHS").split()
    small = {"And", "Of", "The", "For", "In", "On"}
    return " ".join(w.lower() if k and w in small else w for k, w in enumerate(words))


# ---- step 6: the fit report ----------------------------------------------------------------------

def report(places, beds, money, scenario, expected, no_origins, warned, provider_list, trusts, rate, inflow, starts, tried,
           list_waits):
    lines = ["England, fit to 2024/25 (a fit, not evidence)", ""]
    lines.append(f"{'service':28} {'units':>5} {'published':>10} {'expected':>10} {'differs':>8}   "
                 "units over 10 beds within 10 %")
    for s in UNITS:
        total = sum(expected[s, p] for p in beds.units[s])
        big = [(p, u) for p, u in beds.units[s].items() if u.load > 10]
        near = sum(abs(expected[s, p] / u.load - 1) <= 0.10 for p, u in big)
        lines.append(f"{s:28} {len(beds.units[s]):5} {beds.england[s]:10.1f} {total:10.1f} "
                     f"{total / beds.england[s] - 1:+8.2%}   {near} of {len(big)}")
    lines += ["", "The published column is the mean of the twelve monthly totals; RJ1 and RAL use November to March only, "
              "hence the difference.", ""]
    full = [(s, p, u) for s in UNITS for p, u in sorted(beds.units[s].items()) if u.full_share > 0.95]
    lines.append("Units over 95 % full (mean occupied over mean available beds; and over the capacity used, that mean "
                 "rounded):")
    lines += [f"  {s:28} {p} {places.trust[p]['trust_name'][:52]:52} {u.full_share:6.1%} {u.load / u.capacity:6.1%}"
              for s, p, u in full]
    lines += ["", f"Left out, fewer than {MIN_BEDS} beds occupied on average: "
              + ", ".join(f"{p} {s.split('-')[0]} ({x:.2f})" for s, p, x in beds.dropped)]
    for s, ps in no_origins.items():
        lines.append(f"Origins from the choice model, {s}: {' '.join(ps)}")
    used = {p for s in UNITS for p in beds.units[s]} | {p for ps in provider_list.values() for p in ps}
    lines.append("Trusts with no service in the model: " + " ".join(p for p in trusts if p not in used))
    lines += ["", "Implied rates outside 0.5 to 2 times the mean (warnings):"]
    lines += [f"  {s:28} {i} {places.icb[i]['name'][:40]:40} {r:8.2f} per 100,000, {q:.2f} of the mean"
              for s, i, r, q in warned] or ["  none"]
    lines += ["", "Rates per 100,000 registered persons:"]
    for s in scenario["services"]:
        values = sorted(rate[s, i] / places.population[i] * 1e5 for i in places.ids)
        mean = sum(rate[s, i] for i in places.ids) / places.total * 1e5
        lines.append(f"  {s:34} mean {mean:8.3f}  lowest {values[0]:8.3f}  highest {values[-1]:8.3f}  providers "
                     f"{len(provider_list.get(s, beds.units.get(s, [])))}")
    lines += ["", "Treated by a trust whose host is another ICB than the patient's, and in another region:"]
    for s in scenario["services"]:
        total = sum(x for (t, _, _), x in starts.items() if t == s)
        icb = sum(x for (t, p, i), x in starts.items() if t == s and places.host[p] != i)
        region = sum(x for (t, p, i), x in starts.items() if t == s and places.region(places.host[p]) != places.region(i))
        lines.append(f"  {s:34} {icb / total:6.1%} {region / total:6.1%}")
    lines += ["", "Haemodialysis by the exponent of its choice model (the scenario takes the first with nine in ten within "
              f"{NEAR_KM:.0f} km):"]
    lines += [f"  exponent {b:3}  {near:6.1%} within {NEAR_KM:.0f} km  {across:6.1%} across an ICB boundary"
              for b, near, across in tried]
    lines += ["", "North Central London, expected starts a year, share from outside the ICB and from outside London "
              "(published, all admissions):"]
    for p, _, s, n, icb, region, known_icb, known_region in inflow:
        if p in NORTH_CENTRAL_LONDON:
            known = f"   ({known_icb}, {known_region})" if s == "all" else ""
            lines.append(f"  {p} {s:34} {n:>9} {icb:>6} {region:>6}{known}")
    lines += ["", "Breaks in the monthly series (scenarios/england/series_breaks.csv):"]
    for p, name, unit, kind, month, before, after, treatment in beds.breaks(places):
        months = month if len(month) < 20 else f"{len(month.split())} months"
        lines.append(f"  {p} {unit:26} {kind:15} {months:12} {before:>6} {after:>6}  {treatment}")
    lines += ["", "Trim points and expected days over them: "
              + ", ".join(f"{s} {t} d ({x:.3f} d)" for s, (t, x) in money.excess.items())]
    lines += ["", "Long waiting lists: share leaving them untreated, weeks that electives wait in balance (median trust, lowest, "
              "highest), trusts without a list:"]
    for s in LONG_LISTS:
        ordered = sorted(w / 7 for w in list_waits[s].values())
        lines.append(f"  {s:34} {money.lists[s].left:6.1%} {ordered[len(ordered) // 2]:6.1f} {ordered[0]:6.1f} {ordered[-1]:6.1f}"
                     f" {sum(w == 0 for w in ordered):4} of {len(ordered)}")
    return "\n".join(lines)


# ---- step 7: workload W1 -------------------------------------------------------------------------

class Lcg:
    """64-bit linear congruential generator: the same numbers on every machine."""

    def __init__(self, seed):
        self.s = seed

    def u(self):
        self.s = (self.s * 6364136223846793005 + 1442695040888963407) & (2**64 - 1)
        return (self.s >> 11) / float(1 << 53)


def w1_numbers():
    """The parameters of W1: 42 commissioners, 30 providers on a ring, 20 services, about 1,000,000 referrals in 1825 days."""
    nc, np, ns, horizon, referrals, p_rehab, rho = 42, 30, 20, 1825.0, 1_000_000, 0.15, 0.85
    g = Lcg(20240607)
    wc = [0.4 + 1.2 * g.u() for _ in range(nc)]
    ws = [0.2 + 1.8 * g.u() for _ in range(ns)]
    tot = sum(wc) * sum(ws)
    lam = referrals / horizon
    rate = [lam * wc[c] * ws[s] / tot for c in range(nc) for s in range(ns)]
    mean1 = [1.5 + 7.0 * g.u() for _ in range(ns)]
    sig1 = [0.6 + 0.5 * g.u() for _ in range(ns)]
    mean2 = [12.0 + 16.0 * g.u() for _ in range(ns)]
    sig2 = [0.5 + 0.3 * g.u() for _ in range(ns)]
    mu1 = [math.log(m) - s * s / 2 for m, s in zip(mean1, sig1)]
    mu2 = [math.log(m) - s * s / 2 for m, s in zip(mean2, sig2)]
    prob = []
    for c in range(nc):
        home = c * np / nc
        for s in range(ns):
            reach = 0.6 + 2.4 * g.u()
            row = []
            for p in range(np):
                d = abs(p - home)
                d = min(d, np - d)
                row.append(math.exp(-d / reach) * (0.5 + g.u()))
            t = sum(row)
            prob.append([x / t for x in row])
    load1 = [[0.0] * ns for _ in range(np)]
    load2 = [0.0] * np
    for c in range(nc):
        for s in range(ns):
            for p in range(np):
                a = rate[c * ns + s] * prob[c * ns + s][p]
                load1[p][s] += a * mean1[s]
                load2[p] += a * p_rehab * mean2[s]

    def cap(a):
        return max(1, math.floor(a / rho + 0.5), math.ceil(a / 0.95))

    beds1 = [cap(load1[p][s]) for p in range(np) for s in range(ns)]
    beds2 = [cap(load2[p]) for p in range(np)]
    price1 = [round(800 + 6000 * g.u(), 2) for _ in range(ns)]
    price2 = [round(1500 + 5000 * g.u(), 2) for _ in range(ns)]
    mff = [round(1.0 + 0.3 * g.u(), 6) for _ in range(np)]
    return dict(nc=nc, np=np, ns=ns, p_rehab=p_rehab, rate=rate, prob=prob, beds1=beds1, mu1=mu1, sig1=sig1, beds2=beds2,
                mu2=mu2, sig2=sig2, price1=price1, price2=price2, mff=mff)


def build_w1(out):
    w = w1_numbers()
    icb = [f"Q{c + 1:02}" for c in range(w["nc"])]
    provider = [f"P{p + 1:02}" for p in range(w["np"])]
    service = [f"s{s + 1:02}" for s in range(w["ns"])]
    made = "Synthetic (workload W1), written by scripts/build_scenarios.py; do not edit."
    out.table(W1, "regions.csv", [made], ["id", "name"], [["Y01", "Everywhere"]])
    out.table(W1, "icbs.csv", [made], ["id", "name", "region"], [[i, f"Commissioner {k + 1}", "Y01"] for k, i in enumerate(icb)])
    out.table(W1, "home_areas.csv", [made], ["id", "name", "icb"], [[i, f"Commissioner {k + 1}", i] for k, i in enumerate(icb)])
    out.table(W1, "providers.csv", [made], ["id", "name", "host_icb", "market_forces_factor"],
              [[p, f"Provider {k + 1}", icb[round(k * w["nc"] / w["np"])], repr(w["mff"][k])] for k, p in enumerate(provider)])
    out.table(W1, "pools.csv", [made], ["provider", "pool", "capacity"],
              [[provider[p], f"acute-{service[s]}", w["beds1"][p * w["ns"] + s]] for p in range(w["np"]) for s in range(w["ns"])]
              + [[provider[p], "rehabilitation", w["beds2"][p]] for p in range(w["np"])])
    out.table(W1, "demand.csv", [made], ["service", "home_area", "rate"],
              [[service[s], icb[c], f"{w['rate'][c * w['ns'] + s]!r} per day"] for c in range(w["nc"]) for s in range(w["ns"])])
    out.table(W1, "shares.csv", [made], ["service", "home_area", "provider", "share"],
              [[service[s], icb[c], provider[p], repr(w["prob"][c * w["ns"] + s][p])]
               for c in range(w["nc"]) for s in range(w["ns"]) for p in range(w["np"])])
    prices = []
    for s in range(w["ns"]):
        prices.append([service[s], "acute", "finish", f"£{w['price1'][s]:.2f}", "added"])
        prices.append([service[s], "rehabilitation", "finish", f"£{w['price2'][s]:.2f}", "added"])
    out.table(W1, "prices.csv", [made], ["service", "stage", "per", "price", "local_costs"], prices)
    t = ["# " + made, "",
         'title = "Benchmark W1: 42 commissioners, 20 services, 30 providers, five years"',
         'question = """',
         "How fast is the engine? Synthetic: no real commissioner, hospital or price.",
         "840 Poisson streams, 600 acute pools and 30 rehabilitation pools, lognormal stays, 15 % go on to",
         "rehabilitation, about 1,000,000 referrals and 2,140,000 events (an event = one external arrival or one completed stage);",
         "acute utilisation 0.836. The numbers equal those of the hand-written reference loop.",
         '"""', "",
         'regions = "regions.csv"', 'icbs = "icbs.csv"', 'home_areas = "home_areas.csv"', 'providers = "providers.csv"',
         'pools = "pools.csv"', 'demand = "demand.csv"', 'shares = "shares.csv"', 'prices = "prices.csv"', "",
         "[run]", 'horizon = "1825 d"', "replications = 10", 'periods = "all"', "",
         "[options.base]", 'tier = "single-icb"', ""]
    for s in range(w["ns"]):
        t += [f"[services.{service[s]}]", "",
              f"[[services.{service[s]}.stages]]", 'id = "acute"', f'pool = "acute-{service[s]}"',
              f'stay = {{ lognormal = {{ mu = {w["mu1"][s]!r}, sigma = {w["sig1"][s]!r}, unit = "d" }} }}',
              f"next = {{ rehabilitation = {w['p_rehab']!r} }}", "",
              f"[[services.{service[s]}.stages]]", 'id = "rehabilitation"', 'pool = "rehabilitation"',
              f'stay = {{ lognormal = {{ mu = {w["mu2"][s]!r}, sigma = {w["sig2"][s]!r}, unit = "d" }} }}', ""]
    out.text(W1, "scenario.toml", "\n".join(t))


def build_neonatal(out):
    """London's neonatal units by themselves: the rows of scenarios/england that they need."""
    def rows(name):
        text = out.files[os.path.join(ENGLAND, name)]
        return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))

    def some(name, columns, keep):
        of = [row for row in rows(name) if keep(row)]
        made = "Written by scripts/build_scenarios.py: the rows of scenarios/england that neonatal care in London needs; do not edit."
        ogl = "Contains public sector information licensed under the Open Government Licence v3.0."
        out.table(NEONATAL, name, [made, ogl], columns, [[row[column] for column in columns] for row in of])
        return of

    service = "neonatal-critical-care"
    london = {row["id"] for row in rows("icbs.csv") if row["region"] == "Y56"}
    host = {row["id"]: row["host_icb"] for row in rows("providers.csv")}
    units = {row["provider"] for row in rows("pools.csv") if row["pool"] == service and host.get(row["provider"]) in london}
    # Areas that send fewer than one newborn a year to all of them together are left out.
    sent = {}
    for row in rows("flows.csv"):
        if row["service"] == service and row["provider"] in units:
            sent[row["home_area"]] = sent.get(row["home_area"], 0.0) + float(row["per_year"])
    areas = {area for area, number in sent.items() if number >= 1.0}
    some("flows.csv", ["service", "home_area", "provider", "per_year", "provenance"],
         lambda row: row["service"] == service and row["provider"] in units and row["home_area"] in areas)
    kept = some("home_areas.csv", ["id", "name", "icb", "population", "need_weighted_population", "latitude", "longitude", "provenance"],
                lambda row: row["id"] in areas)
    icbs = {row["icb"] for row in kept} | london
    boards = some("icbs.csv", ["id", "name", "region", "provenance"], lambda row: row["id"] in icbs)
    regions = {row["region"] for row in boards}
    some("regions.csv", ["id", "name", "provenance"], lambda row: row["id"] in regions)
    some("footprints.csv", ["scheme", "id", "name", "icb", "provenance"],
         lambda row: row["icb"] in icbs and row["scheme"] in ("joint-committees-2023", "london-north-south"))
    some("providers.csv", ["id", "name", "host_icb", "latitude", "longitude", "market_forces_factor", "provenance"],
         lambda row: row["id"] in units)
    some("pools.csv", ["provider", "pool", "capacity", "provenance"],
         lambda row: row["pool"] == service and row["provider"] in units)


def main(argv):
    unknown = set(argv) - {"--check", "--quiet"}
    if unknown:
        print(__doc__, file=sys.stderr)
        return 2
    out = Output()
    text = build_england(out)
    build_w1(out)
    build_neonatal(out)
    if "--quiet" not in argv:
        print(text)
    if "--check" in argv:
        differ = out.differences()
        for path in differ:
            print(f"differs: {path}", file=sys.stderr)
        return 1 if differ else 0
    out.write()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
