"""Differences between arms: the published values, scipy's values, and what was planted is found."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lgs_pipeline.models.experiments import (
    compare_conversions,
    compare_means,
    customers_needed,
    detectable_effect,
    score_interval,
    standardised_difference,
)

arms = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


class TestPublished:
    @pytest.mark.parametrize(
        ("treatment", "control", "low", "high"),
        [
            # Newcombe 1998, table II, method 10.
            ((56, 70), (48, 80), 0.0524, 0.3339),
            ((9, 10), (3, 10), 0.1705, 0.8090),
            ((6, 7), (2, 7), 0.0582, 0.8062),
            ((5, 56), (0, 29), -0.0381, 0.1926),
            ((0, 10), (0, 20), -0.1611, 0.2775),
            ((0, 10), (0, 10), -0.2775, 0.2775),
            ((10, 10), (0, 20), 0.6791, 1.0000),
            ((10, 10), (0, 10), 0.6075, 1.0000),
        ],
    )
    def test_newcombes_intervals(self, treatment, control, low, high):
        found = compare_conversions(*treatment, *control, level=0.95)
        assert (round(found.low, 4), round(found.high, 4)) == (low, high)

    def test_wilsons_interval(self):
        # Newcombe 1998 (Statistics in Medicine 17, 857), table I, method 3: 81 of 263.
        assert np.round(score_interval(81, 263, 0.95), 4).tolist() == [0.2553, 0.3662]

    def test_sample_size(self):
        # The example of R's power.prop.test(p1 = .50, p2 = .75, power = .90): n = 76.7 in each group.
        assert customers_needed(0.5, 0.5, control=0.5, level=0.95, power=0.9) == np.ceil(2 * 76.65)


class TestAgainstScipy:
    @pytest.fixture
    def sales(self) -> tuple[np.ndarray, np.ndarray]:
        generator = np.random.default_rng(5)
        return generator.lognormal(4, 1, 400), generator.lognormal(3.9, 1.2, 90)

    def test_sales_are_compared_by_welchs_test(self, sales):
        found = compare_means(*sales, level=0.9)
        theirs = stats.ttest_ind(*sales, equal_var=False)
        interval = theirs.confidence_interval(0.9)
        assert found.p_value == pytest.approx(theirs.pvalue)
        assert (found.low, found.high) == pytest.approx((interval.low, interval.high))

    def test_many_conversions_are_compared_by_the_pooled_z_test(self):
        found = compare_conversions(60, 400, 30, 300, level=0.95)
        theirs = stats.chi2_contingency([[60, 340], [30, 270]], correction=False)
        assert found.p_value == pytest.approx(theirs.pvalue)

    def test_few_conversions_are_compared_exactly(self):
        found = compare_conversions(4, 40, 0, 10, level=0.95)
        assert found.p_value == pytest.approx(stats.fisher_exact([[4, 0], [36, 10]]).pvalue)

    def test_a_detectable_effect_is_found_with_the_power_asked_for(self):
        effect = detectable_effect(20.0, treatment=300, control=100, level=0.95, power=0.8)
        error = 20 * np.sqrt(1 / 300 + 1 / 100)
        assert stats.norm.sf(1.959964 - effect / error) == pytest.approx(0.8, abs=1e-4)

    def test_the_sample_size_is_found_again_from_the_effect(self):
        needed = customers_needed(0.1, 0.2, control=0.2, level=0.95, power=0.8)
        effect = detectable_effect(np.sqrt(0.1 * 0.9), 0.8 * needed, 0.2 * needed, level=0.95, power=0.8)
        assert effect == pytest.approx(0.02, rel=0.05)


class TestByHand:
    def test_a_standardised_difference(self):
        # Means 3 and 1, variances 1 and 3: 2 / sqrt(2).
        assert standardised_difference([2, 3, 4], [1 - 3**0.5, 1, 1 + 3**0.5]) == pytest.approx(2**0.5)
        assert standardised_difference([2, 2], [2, 2]) == 0
        assert np.isnan(standardised_difference([2], [1, 3]))

    def test_conversions_differ_by_their_shares(self):
        assert compare_conversions(3, 10, 1, 10, level=0.95).estimate == pytest.approx(0.2)

    @pytest.mark.parametrize("arguments", [(0, 0, 1, 10), (1, 10, 0, 0)])
    def test_an_empty_arm_says_nothing(self, arguments):
        assert np.isnan(compare_conversions(*arguments, level=0.95)).all()
        assert np.isnan(compare_means([], [1.0, 2.0], level=0.95)).all()
        assert np.isnan(detectable_effect(1.0, 0, 5, level=0.95, power=0.8))
        assert np.isnan(detectable_effect(0.0, 5, 5, level=0.95, power=0.8))

    def test_where_nobody_bought_nothing_is_known_of_sales(self):
        found = compare_means([0.0] * 5, [0.0] * 5, level=0.95)
        assert found.estimate == 0
        assert np.isnan([found.low, found.high, found.p_value]).all()

    @pytest.mark.parametrize(("share", "uplift"), [(0.0, 0.2), (1.0, 0.2), (0.9, 0.2), (np.nan, 0.2)])
    def test_no_sample_shows_an_uplift_that_cannot_be(self, share, uplift):
        assert np.isnan(customers_needed(share, uplift, control=0.2, level=0.95, power=0.8))

    @given(arms, arms, st.floats(0.5, 0.999))
    def test_an_interval_of_conversion_holds_the_difference_and_is_possible(self, treatment, control, level):
        found = compare_conversions(*treatment, *control, level=level)
        assert -1 - 1e-9 <= found.low <= found.estimate <= found.high <= 1 + 1e-9
        assert 0 <= found.p_value <= 1 + 1e-9
        mirrored = compare_conversions(*control, *treatment, level=level)
        assert (mirrored.low, mirrored.high) == pytest.approx((-found.high, -found.low))


def share_of(outcomes: list[bool]) -> float:
    return float(sum(outcomes) / len(outcomes))


class TestPlanted:
    """Customers who order by chance and spend very differently, 8,000 contacted and 2,000 held back."""

    @staticmethod
    def sales(seed: int, conversions: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
        generator = np.random.default_rng(seed)
        return tuple(
            generator.binomial(1, conversion, size) * generator.lognormal(5, 0.8, size)
            for conversion, size in zip(conversions, (8000, 2000), strict=True)
        )

    def compare(self, seed: int, conversions: tuple[float, float]) -> tuple:
        treatment, control = self.sales(seed, conversions)
        bought = [int((arm > 0).sum()) for arm in (treatment, control)]
        conversion = compare_conversions(bought[0], len(treatment), bought[1], len(control), level=0.95)
        return conversion, compare_means(treatment, control, level=0.95)

    def test_an_uplift_is_recovered(self):
        mean = np.exp(5 + 0.8**2 / 2)
        found = [self.compare(seed, (0.15, 0.10)) for seed in range(20)]
        assert sum(conversion.low < 0.05 < conversion.high for conversion, _ in found) >= 18
        assert sum(sales.low < 0.05 * mean < sales.high for _, sales in found) >= 18
        assert sum(conversion.p_value < 0.05 for conversion, _ in found) >= 18

    def test_where_there_is_none_none_is_found(self):
        found = [self.compare(seed, (0.10, 0.10)) for seed in range(20)]
        assert sum(conversion.p_value < 0.05 for conversion, _ in found) <= 2
        assert sum(sales.p_value < 0.05 for _, sales in found) <= 2

    @pytest.mark.proof
    def test_of_many_campaigns_without_an_effect_one_in_twenty_seems_to_have_one(self):
        found = [self.compare(seed, (0.10, 0.10)) for seed in range(10_000)]
        shares = {
            "conversion": share_of([conversion.p_value < 0.05 for conversion, _ in found]),
            "sales": share_of([sales.p_value < 0.05 for _, sales in found]),
        }
        print(f"10,000 campaigns without an effect, p below 0.05: {shares}")
        # Three standard deviations of a share of 0.05 of 10,000.
        assert all(abs(share - 0.05) < 0.0066 for share in shares.values())

    @pytest.mark.proof
    def test_of_many_campaigns_the_interval_holds_the_effect_as_often_as_it_says(self):
        mean = np.exp(5 + 0.8**2 / 2)
        found = [self.compare(seed, (0.15, 0.10)) for seed in range(10_000)]
        shares = {
            "conversion": share_of([conversion.low < 0.05 < conversion.high for conversion, _ in found]),
            "sales": share_of([sales.low < 0.05 * mean < sales.high for _, sales in found]),
        }
        print(f"10,000 campaigns with an effect, within the 95% interval: {shares}")
        assert all(abs(share - 0.95) < 0.0066 for share in shares.values())
