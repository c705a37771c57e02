"""The papers behind models, values and solvers; sources name them by key, such as ``cao2023``."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass

_KEY = re.compile(r"(?<![/\w])[a-z]+\d{4}\b")  # no part of a DOI, such as 10.1149/…/ab9050


@dataclass(frozen=True, slots=True)
class Paper:
    """One entry: `authors` as in BibTeX, joined by ``and``; `year` and the rest as printed."""

    authors: str
    title: str
    journal: str
    year: int
    doi: str = ""
    volume: str = ""
    pages: str = ""

    @property
    def short(self) -> str:
        """First author, year and DOI, for a source in running text."""
        names = [name.split(",")[0] for name in self.authors.split(" and ")]
        first = names[0] if len(names) == 1 else f"{names[0]} et al."
        if len(names) == 2 and names[1] != "others":
            first = " and ".join(names)
        return f"{first} {self.year}" + (f", {self.doi}" if self.doi else f", {self.journal}")

    def __str__(self) -> str:
        where = " ".join(filter(None, [self.journal, self.volume]))
        pages = f", {self.pages}" if self.pages else ""
        doi = f". https://doi.org/{self.doi}" if self.doi else ""
        authors = self.authors.replace(" and ", "; ")
        return f"{authors}: {self.title}. {where} ({self.year}){pages}{doi}"

    def bibtex(self, key: str) -> str:
        """The entry for a .bib file; capitals of the title are kept."""
        facts = [(f.name, str(getattr(self, f.name))) for f in dataclasses.fields(self)]
        names = {"authors": "author", "title": "title"}
        lines = [
            f"  {names.get(name, name)} = {{{{{value}}}}}," if name == "title"
            else f"  {names.get(name, name)} = {{{value}}},"
            for name, value in facts if value
        ]  # fmt: skip
        return "\n".join([f"@article{{{key},", *lines, "}"])


def cited_in(text: str) -> list[str]:
    """Keys of the papers that a text refers to.

    Raises:
        KeyError: a key that is not in `PAPERS`.
    """
    keys: list[str] = _KEY.findall(text)
    for key in keys:
        PAPERS[key]
    return keys


def spelled_out(text: str) -> str:
    """The text with each key replaced by authors, year and DOI."""
    return _KEY.sub(lambda found: PAPERS[found[0]].short, text)


PAPERS = {
    "huang2024": Paper(
        "Huang, Y. and Zhang, Y. and Wu, R. and Shao, B. and Deng, R. and Das, R. and Han, F.",
        "Hydride-Based Interlayer for Solid-State Anode-Free Battery",
        "ACS Energy Lett.", 2024, "10.1021/acsenergylett.4c00704", "9",
    ),
    "cao2023": Paper(
        "Cao, D. and Zhang, K. and Li, W. and Zhang, Y. and Ji, T. and Zhao, X. and Cakmak, E. and "
        "Zhu, J. and Cao, Y. and Zhu, H.",
        "Nondestructively Visualizing and Understanding the Mechano-Electro-chemical Origins of "
        '"Soft Short" and "Creeping" in All-Solid-State Batteries',
        "Adv. Funct. Mater.", 2023, "10.1002/adfm.202307998", "33", "2307998",
    ),
    "chen2015": Paper(
        "Chen, L. and Zhang, H. W. and Liang, L. Y. and Liu, Z. and Qi, Y. and Lu, P. and Chen, J. "
        "and Chen, L.-Q.",
        "Modulation of dendritic patterns during electrodeposition: A nonlinear phase-field model",
        "J. Power Sources", 2015, "10.1016/j.jpowsour.2015.09.055", "300", "376-385",
    ),
    "hong2018": Paper(
        "Hong, Z. and Viswanathan, V.",
        "Phase-Field Simulations of Lithium Dendrite Growth with Open-Source Software",
        "ACS Energy Lett.", 2018, "10.1021/acsenergylett.8b01009", "3", "1737-1743",
    ),
    "bourdin2000": Paper(
        "Bourdin, B. and Francfort, G. A. and Marigo, J.-J.",
        "Numerical experiments in revisited brittle fracture",
        "J. Mech. Phys. Solids", 2000, "10.1016/S0022-5096(99)00028-9",
        "48", "797-826",
    ),
    "amor2009": Paper(
        "Amor, H. and Marigo, J.-J. and Maurini, C.",
        "Regularized formulation of the variational brittle fracture with unilateral contact: "
        "Numerical experiments",
        "J. Mech. Phys. Solids", 2009, "10.1016/j.jmps.2009.04.011", "57", "1209-1229",
    ),
    "pham2011": Paper(
        "Pham, K. and Amor, H. and Marigo, J.-J. and Maurini, C.",
        "Gradient Damage Models and Their Use to Approximate Brittle Fracture",
        "Int. J. Damage Mech.", 2011, "10.1177/1056789510386852", "20", "618-652",
    ),
    "roache1994": Paper(
        "Roache, P. J.",
        "Perspective: A Method for Uniform Reporting of Grid Refinement Studies",
        "J. Fluids Eng.", 1994, "10.1115/1.2910291", "116", "405-413",
    ),
    "eca2014": Paper(
        "Eça, L. and Hoekstra, M.",
        "A procedure for the estimation of the numerical uncertainty of CFD calculations based on "
        "grid refinement studies",
        "J. Comput. Phys.", 2014, "10.1016/j.jcp.2014.01.006", "262", "104-130",
    ),
    "sandu1997": Paper(
        "Sandu, A. and Verwer, J. G. and Blom, J. G. and Spee, E. J. and Carmichael, G. R. and "
        "Potra, F. A.",
        "Benchmarking stiff ODE solvers for atmospheric chemistry problems II: Rosenbrock solvers",
        "Atmos. Environ.", 1997, "10.1016/S1352-2310(97)83212-8", "31", "3459-3472",
    ),
    "ambati2015": Paper(
        "Ambati, M. and Gerasimov, T. and De Lorenzis, L.",
        "A review on phase-field models of brittle fracture and a new fast hybrid formulation",
        "Computational Mechanics", 2015, "10.1007/s00466-014-1109-y", "55", "383-405",
    ),
    "porz2017": Paper(
        "Porz, L. and Swamy, T. and Sheldon, B. W. and Rettenwander, D. and Frömling, T. and "
        "Thaman, H. L. and Berendts, S. and Uecker, R. and Carter, W. C. and Chiang, Y.-M.",
        "Mechanism of Lithium Metal Penetration through Inorganic Solid Electrolytes",
        "Adv. Energy Mater.", 2017, "10.1002/aenm.201701003", "7", "1701003",
    ),
    "monroe2004": Paper(
        "Monroe, C. and Newman, J.",
        "The Effect of Interfacial Deformation on Electrodeposition Kinetics",
        "J. Electrochem. Soc.", 2004, "10.1149/1.1710893", "151", "A880-A886",
    ),
    "kobayashi1993": Paper(
        "Kobayashi, R.",
        "Modeling and numerical simulations of dendritic crystal growth",
        "Physica D", 1993, "10.1016/0167-2789(93)90120-P", "63", "410-423",
    ),
    "hu2017": Paper(
        "Hu, J.-M. and Wang, B. and Ji, Y. and Yang, T. and Cheng, X. and Wang, Y. and Chen, L.-Q.",
        "Phase-Field Based Multiscale Modeling of Heterogeneous Solid Electrolytes: Applications "
        "to Nanoporous Li3PS4",
        "ACS Appl. Mater. Interfaces", 2017, "10.1021/acsami.7b11292", "9", "33341-33350",
    ),
    "eyre1998": Paper(
        "Eyre, D. J.",
        "Unconditionally Gradient Stable Time Marching the Cahn-Hilliard Equation",
        "MRS Proceedings", 1998, "10.1557/PROC-529-39", "529", "39-46",
    ),
    "singh2022": Paper(
        "Singh, D. K. and Henss, A. and Mogwitz, B. and Gautam, A. and Horn, J. and Krauskopf, T. "
        "and Burkhardt, S. and Sann, J. and Richter, F. H. and Janek, J.",
        "Li6PS5Cl microstructure and influence on dendrite growth in solid-state batteries with "
        "lithium metal anode",
        "Cell Rep. Phys. Sci.", 2022, "10.1016/j.xcrp.2022.101043", "3", "101043",
    ),
    "xu2017": Paper(
        "Xu, C. and Ahmad, Z. and Aryanfar, A. and Viswanathan, V. and Greer, J. R.",
        "Enhanced strength and temperature dependence of mechanical properties of Li at small "
        "scales and its implications for Li metal anodes",
        "Proc. Natl. Acad. Sci. U.S.A.", 2017, "10.1073/pnas.1615733114", "114", "57-61",
    ),
    "rae2004": Paper(
        "Rae, P. J. and Dattelbaum, D. M.",
        "The properties of poly(tetrafluoroethylene) (PTFE) in compression",
        "Polymer", 2004, "10.1016/j.polymer.2004.08.064", "45", "7615-7625",
    ),
    "lepage2019": Paper(
        "LePage, W. S. and Chen, Y. and Kazyak, E. and Chen, K.-H. and Sanchez, A. J. and Poli, A. "
        "and Arruda, E. M. and Thouless, M. D. and Dasgupta, N. P.",
        "Lithium Mechanics: Roles of Strain Rate and Temperature and Implications for Lithium "
        "Metal Batteries",
        "J. Electrochem. Soc.", 2019, "10.1149/2.0221902jes", "166", "A89-A97",
    ),
    "fincher2020": Paper(
        "Fincher, C. D. and Ojeda, D. and Zhang, Y. and Pharr, G. M. and Pharr, M.",
        "Mechanical properties of metallic lithium: from nano to bulk scales",
        "Acta Mater.", 2020, "10.1016/j.actamat.2019.12.036", "186", "215-222",
    ),
    "masias2019": Paper(
        "Masias, A. and Felten, N. and Garcia-Mendez, R. and Wolfenstine, J. and Sakamoto, J.",
        "Elastic, plastic, and creep mechanical properties of lithium metal",
        "J. Mater. Sci.", 2019, "10.1007/s10853-018-2971-3", "54", "2585-2600",
    ),
    "deng2016": Paper(
        "Deng, Z. and Wang, Z. and Chu, I.-H. and Luo, J. and Ong, S. P.",
        "Elastic Properties of Alkali Superionic Conductor Electrolytes from First Principles "
        "Calculations",
        "J. Electrochem. Soc.", 2016, "10.1149/2.0061602jes", "163", "A67-A74",
    ),
    "hu2021": Paper(
        "Hu, S. and Xu, P. and Scalco de Vasconcelos, L. and Stanciu, L. and Ni, H. and Zhao, K.",
        "Elastic Modulus, Hardness, and Fracture Toughness of Li6.4La3Zr1.4Ta0.6O12 Solid "
        "Electrolyte",
        "Chin. Phys. Lett.", 2021, "10.1088/0256-307X/38/9/098401", "38", "098401",
    ),
    "ni2012": Paper(
        "Ni, J. E. and Case, E. D. and Sakamoto, J. S. and Rangasamy, E. and Wolfenstine, J. B.",
        "Room temperature elastic moduli and Vickers hardness of hot-pressed LLZO cubic garnet",
        "J. Mater. Sci.", 2012, "10.1007/s10853-012-6687-5", "47", "7978-7985",
    ),
    "han2019": Paper(
        "Han, F. and Westover, A. S. and Yue, J. and Fan, X. and Wang, F. and Chi, M. and "
        "Leonard, D. N. and Dudney, N. J. and Wang, H. and Wang, C.",
        "High electronic conductivity as the origin of lithium dendrite formation within solid "
        "electrolytes",
        "Nat. Energy", 2019, "10.1038/s41560-018-0312-z", "4", "187-196",
    ),
    "chen2020": Paper(
        "Chen, C.-H. and Brosa Planella, F. and O'Regan, K. and Gastol, D. and Widanage, W. D. and "
        "Kendrick, E.",
        "Development of Experimental Techniques for Parameterization of Multi-scale Lithium-ion "
        "Battery Models",
        "J. Electrochem. Soc.", 2020, "10.1149/1945-7111/ab9050", "167", "080534",
    ),
    "kim2011": Paper(
        "Kim, G.-H. and Smith, K. and Lee, K.-J. and Santhanagopalan, S. and Pesaran, A.",
        "Multi-Domain Modeling of Lithium-Ion Batteries Encompassing Multi-Physics in Varied "
        "Length Scales",
        "J. Electrochem. Soc.", 2011, "10.1149/1.3597614", "158", "A955-A969",
    ),
    "vitos1998": Paper(
        "Vitos, L. and Ruban, A. V. and Skriver, H. L. and Kollár, J.",
        "The surface energy of metals",
        "Surf. Sci.", 1998, "10.1016/S0039-6028(98)00363-X", "411", "186-202",
    ),
    "baratta2023": Paper(
        "Baratta, I. A. and Dean, J. P. and Dokken, J. S. and Habera, M. and Hale, J. S. and "
        "Richardson, C. N. and Rognes, M. E. and Scroggs, M. W. and Sime, N. and Wells, G. N.",
        "DOLFINx: The next generation FEniCS problem solving environment",
        "Zenodo", 2023, "10.5281/zenodo.10447666",
    ),
    "alnaes2014": Paper(
        "Alnæs, M. S. and Logg, A. and Ølgaard, K. B. and Rognes, M. E. and Wells, G. N.",
        "Unified Form Language: A domain-specific language for weak formulations of partial "
        "differential equations",
        "ACM Trans. Math. Softw.", 2014, "10.1145/2566630", "40", "9:1-9:37",
    ),
    "balay2024": Paper(
        "Balay, S. and Abhyankar, S. and Adams, M. F. and Benson, S. and Brown, J. and Brune, P. "
        "and Buschelman, K. and Constantinescu, E. and Dalcin, L. and others",
        "PETSc/TAO Users Manual, ANL-21/39 - Revision 3.22",
        "Argonne National Laboratory", 2024, "10.2172/2205494",
    ),
    "henson2002": Paper(
        "Henson, V. E. and Yang, U. M.",
        "BoomerAMG: A parallel algebraic multigrid solver and preconditioner",
        "Appl. Numer. Math.", 2002, "10.1016/S0168-9274(01)00115-5", "41", "155-177",
    ),
    "baker2011": Paper(
        "Baker, A. H. and Falgout, R. D. and Kolev, T. V. and Yang, U. M.",
        "Multigrid Smoothers for Ultraparallel Computing",
        "SIAM J. Sci. Comput.", 2011, "10.1137/100798806", "33", "2864-2887",
    ),
    "tang2009": Paper(
        "Tang, J. M. and Nabben, R. and Vuik, C. and Erlangga, Y. A.",
        "Comparison of Two-Level Preconditioners Derived from Deflation, Domain Decomposition and "
        "Multigrid Methods",
        "J. Sci. Comput.", 2009, "10.1007/s10915-009-9272-6", "39", "340-370",
    ),
    "eisenstat1996": Paper(
        "Eisenstat, S. C. and Walker, H. F.",
        "Choosing the Forcing Terms in an Inexact Newton Method",
        "SIAM J. Sci. Comput.", 1996, "10.1137/0917003", "17", "16-32",
    ),
    "hairer1993": Paper(
        "Hairer, E. and Nørsett, S. P. and Wanner, G.",
        "Solving Ordinary Differential Equations I: Nonstiff Problems",
        "Springer", 1993, "10.1007/978-3-540-78862-1",
    ),
    "amestoy2001": Paper(
        "Amestoy, P. R. and Duff, I. S. and L'Excellent, J.-Y. and Koster, J.",
        "A Fully Asynchronous Multifrontal Solver Using Distributed Dynamic Scheduling",
        "SIAM J. Matrix Anal. Appl.", 2001, "10.1137/S0895479899358194", "23", "15-41",
    ),
}  # fmt: skip
