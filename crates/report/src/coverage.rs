//! How many of how many.

use crate::number::count;
use crate::svg::{Anchor, Svg, WIDTH, fit, not_enough_data};
use crate::{Chart, Heading};

/// One thing that is wanted everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverageRow {
    /// Its name: "Owner".
    pub label: String,
    /// Where it is met.
    pub met: u64,
    /// Where it is wanted.
    pub total: u64,
}

/// Bars of "met of wanted", one cell each while cells can be told apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Coverage {
    /// The finding.
    pub heading: Heading,
    /// Rows from top to bottom.
    pub rows: Vec<CoverageRow>,
}

const ROW: f64 = 26.0;
const LEFT: f64 = 116.0;
const RIGHT: f64 = 290.0;
const MOST_CELLS: u64 = 20;

impl Coverage {
    /// Draws the chart.
    #[must_use]
    pub fn draw(&self) -> Chart {
        if self.rows.iter().all(|row| row.total == 0) {
            return not_enough_data(&self.heading, "nothing to cover yet");
        }
        let mut svg = Svg::default();
        let mut y = 4.0;
        for row in &self.rows {
            svg.text("c-label", (0.0, y + 14.0), Anchor::Start, &fit(&row.label, LEFT - 8.0));
            row.draw_bar(&mut svg, y + 3.0);
            svg.text("c-strong", (WIDTH, y + 14.0), Anchor::End, &row.text());
            y += ROW;
        }
        let rows = self.rows.iter().map(|row| format!("{} {}", row.label, row.text()));
        let summary = format!("{}.", rows.collect::<Vec<_>>().join(", "));
        svg.finish(&self.heading, y, summary)
    }
}

impl CoverageRow {
    fn text(&self) -> String {
        format!("{} of {}", count(self.met), count(self.total))
    }

    fn draw_bar(&self, svg: &mut Svg, y: f64) {
        let (width, height) = (RIGHT - LEFT, 13.0);
        let met = self.met.min(self.total);
        if self.total > MOST_CELLS {
            svg.rect("c-cell c-cell-open", (LEFT, y), (width, height));
            let share = met as f64 / self.total as f64;
            svg.rect("c-cell", (LEFT, y), (width * share, height));
            return;
        }
        let cell = width / self.total.max(1) as f64;
        for index in 0..self.total {
            let class = if index < met { "c-cell" } else { "c-cell c-cell-open" };
            svg.rect(class, (LEFT + cell * index as f64, y), (cell - 2.0, height));
        }
    }
}
