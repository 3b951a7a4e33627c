//! Papers as they leave the printer.

use super::browser::{Browser, DESK, browse};
use fantoccini::wd::{PrintConfigurationBuilder, PrintMargins};
use notifications::paper::Paper;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What a page prints to: how many sheets, all of them A4.
async fn sheets(browser: &Browser) -> usize {
    let margins = PrintMargins {
        top: 1.5,
        bottom: 1.5,
        left: 1.5,
        right: 1.5,
    };
    let how = PrintConfigurationBuilder::default().margins(margins);
    let pdf = browser.client.print(how.build().unwrap()).await.unwrap();
    let text = String::from_utf8_lossy(&pdf);
    let pages = text.matches("/Type /Page\n").count();
    let a4 = text.matches("/MediaBox [0 0 59").count();
    assert_eq!(pages, a4, "{}: not every sheet is A4", browser.path().await);
    pages
}

/// The templates of papers under a folder.
fn templates(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let paper = path.parent().unwrap().ends_with("papers");
        match path.is_dir() {
            true => templates(&path, into),
            false if paper && path.extension().is_some_and(|e| e == "md") => into.push(path),
            false => {}
        }
    }
}

/// Values for every field of a paper, each as long as a line becomes.
fn values(paper: &Paper) -> Value {
    let number = "442000-YLZY-20261103-00003-2";
    let mut values = json!({
        "paper": { "number": format!("{number}-W01"), "date": "2026年11月23日" },
        "case": { "number": number },
        "office": { "name": "新疆生产建设兵团第三师图木舒克市社会保险经办机构", "phone": "0998-0000000" },
        "applicant": { "name": "阿卜杜热依木·艾合买提江·买买提明·吐尔逊江·努尔" },
        "reason": { "text": "您提交的材料与全国参保记录不一致，请核对后重新提交。".repeat(3) },
    });
    paper.complete(&mut values);
    values
}

/// Each shipped paper is one sheet with number, date and room for the seal, and no number is cut by the end of a line.
#[test]
fn every_paper_is_one_sheet() {
    browse(DESK, async |_, browser| {
        let mut all = Vec::new();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows");
        templates(&folder, &mut all);
        assert!(all.len() > 100, "{}", all.len());
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("paper.html");
        for template in all {
            let paper = Paper::read(&std::fs::read_to_string(&template).unwrap()).unwrap();
            let page = paper.fill(&values(&paper)).unwrap();
            std::fs::write(&file, page.html).unwrap();
            let address = format!("file://{}", file.display());
            browser.client.goto(&address).await.unwrap();
            let template = template.display();
            assert_eq!(sheets(browser).await, 1, "{template}");
            let shown = browser.text("main").await;
            for part in [
                "442000-YLZY-20261103-00003-2-W01",
                "（盖章处）",
                "2026年11月23日",
            ] {
                assert!(shown.contains(part), "{template} lacks {part}: {shown}");
            }
            let cut = "return [...document.querySelectorAll('.number')].filter(n => n.getClientRects().length > 1).length";
            assert_eq!(browser.script(cut).await, 0, "{template}");
        }
    });
}

/// What was issued and the receipt in its two copies print as one sheet each, without what stands around them on the screen.
#[test]
fn what_was_issued_prints_alone() {
    browse(DESK, async |server, browser| {
        let case = server.at_handler().await;
        let case = case["id"].as_str().unwrap();
        browser.sign_in("wz-window").await;
        browser.open(&format!("/cases/{case}/receipt")).await;
        assert_eq!(browser.all(".slip").await.len(), 2);
        assert_eq!(sheets(browser).await, 1, "receipt");
        let papers = format!("/api/v1/cases/{case}/documents");
        let papers = server.get("wz-window", &papers).await.with(200);
        for paper in papers.as_array().unwrap() {
            let no = paper["id"].as_str().unwrap().rsplit('-').next().unwrap();
            browser.open(&format!("/cases/{case}/papers/{no}")).await;
            let shown = browser.text("article.paper").await;
            assert!(shown.contains(paper["number"].as_str().unwrap()), "{shown}");
            assert_eq!(sheets(browser).await, 1, "{paper}");
        }
        browser.wait("article.paper").await;
        browser.picture("paper").await;
    });
}
