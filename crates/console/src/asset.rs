//! The files that pages load: compiled in, nothing to install.

use axum::http::header;
use axum::response::IntoResponse;

const DAY: &str = "public, max-age=3600";

pub(crate) async fn style() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, DAY)],
        include_str!("assets/console.css"),
    )
}

pub(crate) async fn icon() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, DAY)], include_str!("assets/icon.svg"))
}

pub(crate) async fn script() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, DAY)],
        include_str!("assets/console.js"),
    )
}

#[cfg(test)]
mod tests {
    const STYLE: &str = include_str!("assets/console.css");

    /// A colour of the sheet: the value of a variable, as red, green and blue.
    fn colour(name: &str) -> [f64; 3] {
        let (_, rest) = STYLE.split_once(&format!("--{name}: #")).unwrap_or_else(|| panic!("no --{name}"));
        let digits: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
        hex(&digits)
    }

    fn hex(digits: &str) -> [f64; 3] {
        let wide: String = match digits.len() {
            3 => digits.chars().flat_map(|c| [c, c]).collect(),
            _ => digits.to_owned(),
        };
        [0, 2, 4].map(|at| f64::from(u8::from_str_radix(&wide[at..at + 2], 16).expect("two digits")))
    }

    /// Relative luminance, as WCAG 2.2 has it.
    fn luminance(colour: [f64; 3]) -> f64 {
        let [red, green, blue] = colour.map(|channel| {
            let share = channel / 255.0;
            if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_text_stands_out_from_its_ground() {
        assert!((contrast(hex("000"), hex("fff")) - 21.0).abs() < 1e-9);
        let grounds = ["fff", "f5f7f9", "e9eff4", "f0f4f7", "e8f1f6", "fbeaec", "fff8e6"];
        for ground in grounds {
            assert!(STYLE.contains(ground), "no ground #{ground} in the sheet");
            for ink in ["ink", "soft", "brand", "good", "warn", "bad"] {
                let found = contrast(colour(ink), hex(ground));
                assert!(found >= 4.5, "--{ink} on #{ground}: {found:.2}");
            }
            assert!(contrast(hex("0b5a8a"), hex(ground)) >= 4.5, "links on #{ground}");
        }
        for ground in ["brand", "bad"] {
            assert!(contrast(colour("brand-ink"), colour(ground)) >= 4.5, "white on --{ground}");
        }
        // The mark of the place where one is: white, 18 % over the brand's colour.
        let lit = colour("brand").map(|channel| channel + (255.0 - channel) * 46.0 / 255.0);
        assert!(contrast(colour("brand-ink"), lit) >= 4.5, "the place where one is");
    }
}
